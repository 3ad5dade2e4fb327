using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Migrations;

/// <summary>
/// The right to work on one migration, with its fencing number. A worker that slept through its lease finds
/// its number outdated at the next write and stops (<see cref="LeaseLostException"/>).
/// </summary>
public sealed record Lease(MigrationId Migration, long Fence, string Holder);

/// <summary>Another worker has taken over. The work is simply dropped: whoever holds the lease goes on.</summary>
public sealed class LeaseLostException(MigrationId id, long fence)
    : Exception($"The lease on migration {id} with fencing number {fence} was taken over by another worker.");

/// <summary>A migration as it is stored: two documents with one writer each.</summary>
public sealed record Migration(
    MigrationId Id,
    string Owner,
    MigrationRequest Request,
    long RequestVersion,
    MigrationProgress Progress,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt);

public enum AttemptOutcome
{
    Done,
    Held,
    Retry,
    Failed,
    Interrupted,
}

/// <summary>
/// One line of the story that the person can read on the progress page. No secrets; text from servers is cut and cleaned.
/// </summary>
public sealed record MigrationEvent(DateTimeOffset At, StepName? Step, string Text);

/// <summary>Counts of the step under way, for the progress bar. Written at most once a second.</summary>
public sealed record LiveProgress(StepName Step, long Done, long? Total, long BytesDone, long? BytesTotal, DateTimeOffset At);

/// <summary>Where migrations are kept. Every write of the runner is one transaction that checks the fence first.</summary>
public interface IMigrationStore
{
    Task<Migration?> FindAsync(MigrationId id, CancellationToken ct);

    /// <summary>The request's version alone: cheap, asked every second while a step runs.</summary>
    Task<long> ReadRequestVersionAsync(MigrationId id, CancellationToken ct);

    /// <summary>Records the intent to run a step: unique on (migration, step, attempt number over its whole life).</summary>
    Task BeginAttemptAsync(Lease lease, MigrationProgress progress, StepName step, CancellationToken ct);

    /// <summary>Stores progress, the end of the attempt under way (if any), events and the next wake-up in one transaction.</summary>
    /// <param name="wakeAt">When the engine should run this migration next; null: only when the person acts.</param>
    /// <exception cref="LeaseLostException">The fence is outdated; nothing was written.</exception>
    Task SaveAsync(
        Lease lease,
        MigrationProgress progress,
        AttemptOutcome? attemptEnd,
        IReadOnlyList<MigrationEvent> events,
        DateTimeOffset? wakeAt,
        CancellationToken ct);

    /// <summary>Right before an effect that cannot be taken back: is this lease still the newest, and not expired?</summary>
    /// <exception cref="LeaseLostException">It is not; do not act.</exception>
    Task ConfirmAsync(Lease lease, CancellationToken ct);

    Task ReportLiveAsync(Lease lease, LiveProgress live, CancellationToken ct);
}

public enum BlobState
{
    Needed,

    /// <summary>The target confirmed it with the expected CID.</summary>
    Copied,

    /// <summary>Read back from the target and hashed: it is really served.</summary>
    Proven,

    /// <summary>The old server no longer has it.</summary>
    MissingAtSource,

    /// <summary>The old server sends other bytes than the CID names.</summary>
    DamagedAtSource,

    /// <summary>The new server refuses it for its size.</summary>
    TooLarge,

    /// <summary>The new server refuses it for another reason.</summary>
    Refused,
}

/// <param name="Size">In bytes; what a record claims is kept up to <see cref="ClaimedSize.Most"/>, so that sums of it hold.</param>
/// <param name="UsedBy">Path of a record that uses it, <c>collection/rkey</c>.</param>
public sealed record BlobEntry(Cid Cid, BlobState State, long? Size, string? MimeType, string? UsedBy, string? Reason)
{
    public long? Size { get; init => field = ClaimedSize.Clamp(value); } = ClaimedSize.Clamp(Size);
}

/// <param name="Needed">All blobs in the ledger.</param>
/// <param name="Copied">Those that arrived, proven or not.</param>
/// <param name="BytesKnown">Sum of the sizes that are known so far; null while none is.</param>
public sealed record BlobTotals(long Needed, long Copied, long Proven, long Problems, long BytesCopied, long? BytesKnown);

/// <summary>The ledger of blobs of a migration: each once, by CID.</summary>
public interface IBlobLedger
{
    /// <summary>Adds those not yet in the ledger as <see cref="BlobState.Needed"/>; leaves the others as they are.</summary>
    Task AddNeededAsync(Lease lease, IReadOnlyList<BlobEntry> blobs, CancellationToken ct);

    Task RecordAsync(Lease lease, IReadOnlyList<BlobEntry> blobs, CancellationToken ct);

    /// <summary>Takes out what no record refers to any more: a post that was deleted meanwhile needs its picture no longer.</summary>
    Task KeepOnlyAsync(Lease lease, IReadOnlySet<Cid> referenced, CancellationToken ct);

    Task<IReadOnlyList<BlobEntry>> ListAsync(MigrationId id, BlobState? state, CancellationToken ct);

    Task<BlobTotals> TotalsAsync(MigrationId id, CancellationToken ct);
}

public enum SecretName
{
    SourceTokens,
    TargetTokens,
    TargetPassword,
    InviteCode,
    PlcCode,
    RotationKey,

    /// <summary>The signing key that stands in the identity between the claim and the end of a restore.</summary>
    TemporaryKey,

    /// <summary>Opens the sealed snapshots that are restored from.</summary>
    AgeIdentity,

    /// <summary>What opens an object store that this instance does not know otherwise.</summary>
    VaultCredentials,
}

/// <summary>Secrets of a migration, sealed at rest, erased when it ends. Values never appear in logs, events or exceptions.</summary>
public interface ISecretStore
{
    Task<string?> ReadAsync(MigrationId id, SecretName name, CancellationToken ct);

    Task WriteAsync(MigrationId id, SecretName name, string value, CancellationToken ct);

    Task EraseAsync(MigrationId id, SecretName name, CancellationToken ct);

    Task EraseAllAsync(MigrationId id, CancellationToken ct);
}

/// <summary>Places where a test may kill the process: <c>step.before</c>, <c>.intent</c>, <c>.effect</c>, <c>.record</c>.</summary>
public interface ICrashPoints
{
    void Reach(StepName step, CrashPoint point);
}

public enum CrashPoint
{
    Before,
    Intent,
    Effect,
    Record,
}
