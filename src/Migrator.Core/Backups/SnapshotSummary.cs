using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Backups;

/// <summary>How far the writing of a snapshot came.</summary>
public enum SnapshotStage
{
    /// <summary>Its manifest is being put into the vault; whether it got there is asked before anything else is done.</summary>
    Writing,

    /// <summary>Complete.</summary>
    Complete,

    /// <summary>Marked for deletion by retention; it is deleted when the time to think it over has passed.</summary>
    Deleting,
}

/// <summary>A snapshot as the service remembers it: facts that are public anyway, and sizes. What it holds is sealed.</summary>
/// <param name="AccountId">The <see cref="AccountFolder"/> that it is in.</param>
/// <param name="Name">Full name of the manifest in the vault.</param>
/// <param name="TakenAt">By the clock of the service.</param>
/// <param name="Handle">The verified handle at that time.</param>
/// <param name="Pds">The server it was taken from.</param>
/// <param name="Rev">The rev that the server named; what the next delta is asked <c>since</c>.</param>
/// <param name="Commit">CID of the commit.</param>
/// <param name="Data">CID of the root of the record tree.</param>
/// <param name="Records">Record paths.</param>
/// <param name="Blobs">Blobs that records refer to and that are in the snapshot.</param>
/// <param name="BlobBytes">Their bytes, before sealing.</param>
/// <param name="AbsentBlobs">Blobs that records refer to and the server did not have, or not rightly.</param>
/// <param name="HasPreferences">The app preferences are in it.</param>
/// <param name="ContentMark">
/// A keyed hash over the parts beside the repo (preferences, identity, what is absent), by which a run sees that they are as they were.
/// </param>
/// <param name="Chain">The objects that hold the repo, oldest first: one full export and then deltas.</param>
/// <param name="NewBytes">Bytes that were stored for it, its manifest included.</param>
/// <param name="TotalBytes">Bytes of all objects that it uses.</param>
/// <param name="Shrink">What shrank suddenly since the snapshot before it, for a person; null when nothing did.</param>
public sealed record SnapshotSummary(
    string AccountId,
    string Name,
    DateTimeOffset TakenAt,
    Did Did,
    string? Handle,
    Uri Pds,
    string Rev,
    Cid Commit,
    Cid Data,
    long Records,
    long Blobs,
    long BlobBytes,
    long AbsentBlobs,
    bool HasPreferences,
    string ContentMark,
    IReadOnlyList<ChainLink> Chain,
    long NewBytes,
    long TotalBytes,
    string? Shrink)
{
    /// <summary>The manifest's stored bytes; 0 while it is being written.</summary>
    public long ManifestLength { get; init; }

    /// <summary>Of the manifest's stored bytes, 64 lower-case hex digits.</summary>
    public string? ManifestSha256 { get; init; }

    /// <summary>Higher than those of all snapshots that were begun in the folder before it, whatever their dates.</summary>
    public long Number { get; init; }

    /// <summary>Its manifest was last found not to be in the vault.</summary>
    public bool IsManifestMissing { get; init; }

    public SnapshotStage Stage { get; init; } = SnapshotStage.Writing;

    /// <summary>
    /// When every object of it and its manifest had been looked at last, at least to <see cref="VerifyDepth.Stored"/>; a complete
    /// snapshot counts as looked at when it was taken, since a vault reads back what it stores.
    /// </summary>
    public DateTimeOffset? VerifiedAt { get; init; }

    /// <summary>When it was last opened with the key and proven whole.</summary>
    public DateTimeOffset? OpenedAt { get; init; }

    /// <summary>What is wrong with its stored bytes, for a person; null when nothing is known to be.</summary>
    public string? Damage { get; init; }

    /// <summary>A person wants it kept whatever the rules say.</summary>
    public bool Pinned { get; init; }

    /// <summary>A person has said that the shrinking was meant.</summary>
    public bool ShrinkAccepted { get; init; }

    /// <summary>When it was marked for deletion.</summary>
    public DateTimeOffset? DeletingSince { get; init; }
}

/// <summary>One CAR file in the chain that makes up the repo of a snapshot.</summary>
/// <param name="Object">Name of the object.</param>
/// <param name="Kind">Whole, or what changed.</param>
/// <param name="Host">The server it came from: revs of different servers cannot be compared.</param>
/// <param name="Rev">The server's rev at that time.</param>
/// <param name="Since">For a delta: everything written after this rev is in it.</param>
/// <param name="PlainLength">Bytes of the CAR file.</param>
public sealed record ChainLink(string Object, CarKind Kind, string Host, string Rev, string? Since, long PlainLength);

/// <summary>What a CAR file holds.</summary>
public enum CarKind
{
    Full,
    Delta,
}
