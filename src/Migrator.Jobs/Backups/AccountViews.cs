namespace Migrator.Jobs.Backups;

/// <summary>How an account stands, worst first where several hold.</summary>
public enum BackupHealth
{
    /// <summary>It is not in a plan any more; its snapshots stay.</summary>
    Unplanned,

    Paused,

    /// <summary>Deactivated, taken down, deleted, or off the planned server.</summary>
    Gone,

    /// <summary>Something stands still until the person acts.</summary>
    NeedsYou,

    /// <summary>A snapshot is damaged and was not healed yet.</summary>
    Damaged,

    /// <summary>No good backup in time.</summary>
    Late,

    /// <summary>The last try failed; it is tried again by itself.</summary>
    Failing,

    /// <summary>Waits for a server that asked to; until when stands beside it.</summary>
    Waiting,

    Running,

    /// <summary>The first backup has not run yet.</summary>
    New,

    Good,
}

/// <param name="Host">The account's server, host and port.</param>
/// <param name="LastGoodAt">When it was last certain that everything is backed up (unchanged accounts count).</param>
/// <param name="LastSnapshotAt">When something was last stored.</param>
/// <param name="WaitsUntil">With <see cref="BackupHealth.Waiting"/> and <see cref="BackupHealth.Failing"/>: the next try.</param>
/// <param name="Message">Why it is not good, on whose side, and what to do; null when it is.</param>
/// <param name="Bytes">Of its objects in all vaults.</param>
/// <param name="HasSession">A sign-in is stored, so preferences are in the snapshots.</param>
public sealed record BackupAccountItem(
    string Id,
    string Did,
    string? Handle,
    string Host,
    string? PlanId,
    string? PlanName,
    BackupHealth Health,
    string? Message,
    DateTimeOffset? LastGoodAt,
    DateTimeOffset? LastSnapshotAt,
    DateTimeOffset? NextAt,
    DateTimeOffset? WaitsUntil,
    int Snapshots,
    long Bytes,
    VerificationState Verification,
    bool HasSession,
    int OpenAlarms);

/// <summary>How far the scheduled reading of everything that is stored has come.</summary>
/// <param name="EveryDays">The plan's number of days; 0 without a plan.</param>
/// <param name="OldestReadAt">Every object was read after this; null while some never was (it was checked when written).</param>
/// <param name="BytesRead">Read within the last <see cref="EveryDays"/> days.</param>
/// <param name="BytesTotal">All that is stored.</param>
/// <param name="Damaged">Snapshots that are damaged now.</param>
/// <param name="LastAt">When something was last read.</param>
public sealed record VerificationState(
    int EveryDays, DateTimeOffset? OldestReadAt, long BytesRead, long BytesTotal, int Damaged, DateTimeOffset? LastAt);

/// <param name="Runs">The newest 20.</param>
/// <param name="Days">The last 366 days that had a run, oldest first, by UTC.</param>
/// <param name="Growth">One for each snapshot that is kept, oldest first.</param>
/// <param name="Frozen">Why retention stands still (the account shrank); null: it does not.</param>
public sealed record BackupAccountView(
    BackupAccountItem Account,
    IReadOnlyList<BackupRunView> Runs,
    IReadOnlyList<BackupDay> Days,
    IReadOnlyList<GrowthPoint> Growth,
    IReadOnlyList<AlarmView> OpenAlarms,
    string? Frozen);

/// <param name="Missed">The time of a backup passed and none was good within the grace.</param>
public sealed record BackupDay(DateOnly Day, int Stored, int Unchanged, int Failed, bool Missed);

/// <param name="Bytes">All that the vault held for the account when the snapshot was whole.</param>
/// <param name="NewBytes">What this snapshot added.</param>
public sealed record GrowthPoint(DateTimeOffset At, string Vault, long Records, long Blobs, long Bytes, long NewBytes);

public enum BackupRunOutcome
{
    Running,
    Stored,
    Unchanged,

    /// <summary>A server asked to wait; the run goes on then.</summary>
    Waiting,

    Failed,
    NeedsPerson,
    AccountGone,

    /// <summary>Stored, but so much less than before that retention is frozen.</summary>
    Shrunk,

    /// <summary>The worker died or was stopped; the next run went on.</summary>
    Interrupted,
}

/// <param name="Why"><c>schedule</c>, <c>person</c>, <c>first</c>, <c>late</c> (missed runs made up for once) or <c>retry</c>.</param>
/// <param name="Message">One sentence for the person.</param>
public sealed record BackupRunView(
    string Id,
    string Why,
    BackupRunOutcome Outcome,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    string? Message,
    long NewBytes,
    int NewObjects,
    string? SnapshotId);
