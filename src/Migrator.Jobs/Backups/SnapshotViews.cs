namespace Migrator.Jobs.Backups;

public enum SnapshotStanding
{
    /// <summary>Whole: every object was written and checked before the manifest.</summary>
    Good,

    /// <summary>An object of it is missing or changed in the vault. The next backup heals what the source still has.</summary>
    Damaged,

    /// <summary>Marked by retention; its objects go later.</summary>
    Deleting,
}

/// <summary>How deep it was looked into since it was written.</summary>
public enum VerifiedDepth
{
    /// <summary>Only when it was written.</summary>
    Written,

    /// <summary>All objects are there and have the right size.</summary>
    Present,

    /// <summary>Every stored byte was read and hashed.</summary>
    Stored,

    /// <summary>Opened with the key, the repo proven and every blob compared with its CID.</summary>
    Opened,
}

/// <param name="ObjectName">Name of the manifest in the vault.</param>
/// <param name="Bytes">Of all objects that the snapshot needs.</param>
/// <param name="NewBytes">Of those that were stored with it.</param>
/// <param name="MissingBlobs">Blobs that records name but the server no longer had.</param>
public sealed record SnapshotView(
    string Id,
    string AccountId,
    string VaultId,
    string VaultName,
    string ObjectName,
    DateTimeOffset TakenAt,
    string Rev,
    string Commit,
    string Host,
    long Records,
    long Blobs,
    long MissingBlobs,
    long Bytes,
    long NewBytes,
    bool HasPreferences,
    SnapshotStanding Standing,
    string? Problem,
    VerifiedDepth Depth,
    DateTimeOffset? VerifiedAt,
    bool Pinned);

/// <param name="Frozen">Not null: nothing is deleted now, and why.</param>
public sealed record RetentionPreview(
    IReadOnlyList<RetentionLine> Keep, IReadOnlyList<RetentionLine> Remove, long BytesFreed, string? Frozen);

/// <param name="Reasons">For kept ones: "daily", "last", "pinned", "newest verified" …; for the others empty.</param>
public sealed record RetentionLine(SnapshotView Snapshot, IReadOnlyList<string> Reasons);

public enum AlarmKind
{
    Late,
    Failed,
    Shrunk,
    Damaged,
    Gone,

    /// <summary>A drill found the newest snapshot damaged, incomplete or wrong.</summary>
    DrillDamaged,

    /// <summary>A drill could not be made, or not brought to its end. Says nothing bad of the snapshot.</summary>
    DrillNotRun,

    /// <summary>No drill came to a result in time, although the key for it is kept here.</summary>
    DrillLate,
}

/// <param name="Subject">The account's handle or DID.</param>
/// <param name="Message">What happened, on whose side, what is safe, what to do.</param>
/// <param name="EndedAt">Null: it still holds.</param>
/// <param name="Told">Messages about it that arrived.</param>
/// <param name="Untold">Why a message about it could not be delivered; null: all were, or are still tried.</param>
public sealed record AlarmView(
    string Id,
    AlarmKind Kind,
    string AccountId,
    string Subject,
    string? PlanId,
    string? PlanName,
    string Message,
    DateTimeOffset RaisedAt,
    DateTimeOffset? EndedAt,
    int Told,
    string? Untold);

/// <param name="LastGoodAt">Of the account that waits longest.</param>
public sealed record BackupOverview(
    AccountCounts Accounts,
    IReadOnlyList<AlarmView> OpenAlarms,
    DateTimeOffset? LastGoodAt,
    long Bytes,
    IReadOnlyList<BackupAccountItem> Worst);

/// <param name="Webhook">Null: none is set up. Else <c>sent</c> or why not.</param>
/// <param name="Mail">Null: no SMTP server is set up, or no address given. Else <c>sent</c> or why not.</param>
public sealed record NotificationTest(string? Webhook, string? Mail);
