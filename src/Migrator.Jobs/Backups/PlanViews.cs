namespace Migrator.Jobs.Backups;

public enum PlanState
{
    Active,
    Paused,
}

/// <param name="Words">The schedule as a sentence: "every 6 hours".</param>
public sealed record ScheduleView(int? EveryHours, string? Cron, string TimeZone, int JitterMinutes, string Words);

public sealed record SchedulePreview(string Words, IReadOnlyList<DateTimeOffset> Next);

/// <summary>0: no such rule. <see cref="KeepsAll"/>: no rule at all.</summary>
public sealed record RetentionView(int Last, int Hourly, int Daily, int Weekly, int Monthly, int Yearly)
{
    public bool KeepsAll => Last + Hourly + Daily + Weekly + Monthly + Yearly == 0;
}

public sealed record NamedItem(string Id, string Name);

/// <param name="Good">Backed up in time.</param>
/// <param name="Late">No good backup in time, or the last tries failed.</param>
/// <param name="New">Not backed up yet, and not late with it.</param>
/// <param name="Gone">The account is deactivated, taken down, deleted, or left the server. Its snapshots stay.</param>
public sealed record AccountCounts(int Total, int Good, int Running, int New, int Late, int Gone);

/// <param name="Covers"><c>accounts</c> or <c>server</c>.</param>
/// <param name="NextAt">The schedule's next time, without jitter; null while paused.</param>
/// <param name="LastRoundAt">The schedule's time of the newest round that every account completed.</param>
/// <param name="MembersReadAt">For a server: when its list of accounts was read last.</param>
/// <param name="MembersProblem">Why it could not be read the last time, in words; null: it could.</param>
/// <param name="HasSuccessUrl">The address itself is a secret and is not shown again.</param>
public sealed record PlanView(
    string Id,
    string Name,
    PlanState State,
    string Covers,
    string? Server,
    ScheduleView Schedule,
    RetentionView Retention,
    int VerifyEveryDays,
    int GraceMinutes,
    string? NotifyEmail,
    bool HasSuccessUrl,
    IReadOnlyList<NamedItem> Vaults,
    IReadOnlyList<NamedItem> Keys,
    AccountCounts Accounts,
    int OpenAlarms,
    DateTimeOffset? NextAt,
    DateTimeOffset? LastRoundAt,
    DateTimeOffset? MembersReadAt,
    string? MembersProblem,
    DateTimeOffset CreatedAt);
