using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Parity;

/// <summary>
/// What a comparison of two accounts found, record by record and blob by blob. Equal means equal: the same paths with the same CIDs,
/// every needed blob read back from the target and hashed, the same preferences.
/// </summary>
public sealed record ParityReport
{
    /// <summary>Format of this document.</summary>
    public int Version { get; init; } = 1;

    public required Did Did { get; init; }

    public required DateTimeOffset At { get; init; }

    public required ParitySide Source { get; init; }

    public required ParitySide Target { get; init; }

    public required RecordParity Records { get; init; }

    public required BlobParity Blobs { get; init; }

    public required PreferencesParity Preferences { get; init; }

    /// <summary>Looked at from outside after the move; empty before it.</summary>
    public IReadOnlyList<IdentityCheck> Identity { get; init; } = [];

    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>Nothing differs but what the person accepted by name.</summary>
    public bool Equal => Records.Missing.Count + Records.Extra.Count + Records.Changed.Count == 0
        && Records.NotListed == 0
        && Blobs.Problems.All(problem => problem.Accepted)
        && Preferences.Equal
        && Identity.All(check => check.Ok || !check.Essential);
}

/// <param name="Data">CID of the MST root: equal roots mean equal sets of records.</param>
public sealed record ParitySide(Uri Pds, Cid Commit, Cid Data, string Rev);

/// <param name="NotListed">Differences beyond the listed ones; the lists are cut at 10,000 lines.</param>
public sealed record RecordParity(
    long Equal,
    IReadOnlyDictionary<string, long> ByCollection,
    IReadOnlyList<RecordDifference> Missing,
    IReadOnlyList<RecordDifference> Extra,
    IReadOnlyList<RecordDifference> Changed,
    long NotListed);

/// <param name="Path"><c>collection/rkey</c>.</param>
public sealed record RecordDifference(string Path, Cid? Source, Cid? Target);

/// <param name="Proven">Read back from the target and hashed.</param>
public sealed record BlobParity(long Needed, long Proven, long Bytes, IReadOnlyList<BlobDifference> Problems);

public sealed record BlobDifference(Cid Cid, string Reason, string? UsedBy, bool Accepted);

/// <param name="Checked">False where one of the servers keeps no preferences: then there is nothing to compare.</param>
public sealed record PreferencesParity(bool Checked, bool Equal, int Count, string? SourceSha256, string? TargetSha256);

/// <param name="Essential">False for what the network may take a while to see.</param>
public sealed record IdentityCheck(string What, bool Ok, string Found, bool Essential = true);
