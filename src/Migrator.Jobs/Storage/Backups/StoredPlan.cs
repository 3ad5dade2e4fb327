using System.Text.Json;
using Migrator.Core.Backups;
using Migrator.Jobs.Backups;

namespace Migrator.Jobs.Storage.Backups;

/// <summary>A plan as it is stored.</summary>
/// <param name="Server">Not null: every account of this server.</param>
/// <param name="RoundAt">The newest time of the schedule since which every account was backed up; null before the first.</param>
public sealed record StoredPlan(
    string Id,
    string Owner,
    string Name,
    bool Paused,
    Uri? Server,
    PlanSchedule Schedule,
    RetentionRules Retention,
    int VerifyEveryDays,
    int GraceMinutes,
    string? NotifyEmail,
    bool HasSuccessUrl,
    DateTimeOffset? RoundAt,
    DateTimeOffset? MembersAt,
    string? MembersProblem,
    DateTimeOffset CreatedAt)
{
    public IReadOnlyList<string> VaultIds { get; init; } = [];

    public IReadOnlyList<string> KeyIds { get; init; } = [];

    /// <summary>Without a good backup by then, an account that was backed up at <paramref name="good"/> is late.</summary>
    internal DateTimeOffset LateAt(DateTimeOffset good) =>
        Schedule.NextAfter(good) + TimeSpan.FromMinutes(Schedule.JitterMinutes + GraceMinutes);

    /// <summary>When the account's turn is next.</summary>
    internal DateTimeOffset NextTurn(string accountId, DateTimeOffset now) => Schedule.NextAfter(now) + Schedule.JitterOf(accountId);
}

internal sealed class PlanRow
{
    public const string Columns =
        """
        id, owner, name, paused, server, every_hours, cron, time_zone, jitter_minutes, anchor_at, retention, verify_every_days,
        grace_minutes, notify_email, has_success_url, round_slot, members_at, members_problem, created_at
        """;

    public string Id { get; init; } = "";

    public string Owner { get; init; } = "";

    public string Name { get; init; } = "";

    public bool Paused { get; init; }

    public string? Server { get; init; }

    public long? EveryHours { get; init; }

    public string? Cron { get; init; }

    public string TimeZone { get; init; } = "";

    public long JitterMinutes { get; init; }

    public long AnchorAt { get; init; }

    public string Retention { get; init; } = "";

    public long VerifyEveryDays { get; init; }

    public long GraceMinutes { get; init; }

    public string? NotifyEmail { get; init; }

    public bool HasSuccessUrl { get; init; }

    public long RoundSlot { get; init; }

    public long? MembersAt { get; init; }

    public string? MembersProblem { get; init; }

    public long CreatedAt { get; init; }

    public StoredPlan ToPlan() => new(
        Id,
        Owner,
        Name,
        Paused,
        Server is null ? null : new Uri(Server),
        new PlanSchedule((int?)EveryHours, Cron, TimeZoneInfo.FindSystemTimeZoneById(TimeZone), (int)JitterMinutes, AnchorAt.ToTime()),
        JsonSerializer.Deserialize<RetentionRules>(Retention, JsonSerializerOptions.Web) ?? new RetentionRules(),
        (int)VerifyEveryDays,
        (int)GraceMinutes,
        NotifyEmail,
        HasSuccessUrl,
        RoundSlot == 0 ? null : RoundSlot.ToTime(),
        MembersAt.ToTime(),
        MembersProblem,
        CreatedAt.ToTime());
}
