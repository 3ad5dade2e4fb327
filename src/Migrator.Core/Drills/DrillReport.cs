namespace Migrator.Core.Drills;

/// <summary>
/// What a drill showed. Plain text and numbers, no secret: it is stored, shown and sent as it is (<see cref="DrillJson"/>).
/// </summary>
public sealed record DrillReport
{
    /// <summary>Format of this document.</summary>
    public int Version { get; init; } = 1;

    /// <summary>Full name of the snapshot's manifest in the vault.</summary>
    public required string Snapshot { get; init; }

    /// <summary>The vault's name, for people.</summary>
    public required string Vault { get; init; }

    /// <summary>Whose account it is; null when the snapshot does not open.</summary>
    public string? Did { get; init; }

    /// <summary>The handle that the snapshot names, if any.</summary>
    public string? Handle { get; init; }

    /// <summary>When the snapshot was taken; null when it does not open.</summary>
    public DateTimeOffset? TakenAt { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required DateTimeOffset EndedAt { get; init; }

    public required DrillOutcome Outcome { get; init; }

    /// <summary>How deep the proof went that was brought to its end.</summary>
    public required DrillDepth Depth { get; init; }

    /// <summary>Why it was not restored in the sandbox, in one or two sentences; null when it was.</summary>
    public string? WhyNotDeeper { get; init; }

    /// <summary>Why the outcome is <see cref="DrillOutcome.NotProven"/>: whose trouble it was and what to do; else null.</summary>
    public string? Trouble { get; init; }

    public required DrillCounts Counts { get; init; }

    /// <summary>What is wrong with the snapshot or its restored copy; empty when it is proven.</summary>
    public required IReadOnlyList<DrillFinding> Findings { get; init; }

    /// <summary>How many findings are beyond the <see cref="MostFindings"/> that are listed.</summary>
    public int FindingsNotListed { get; init; }

    /// <summary>What was done, in that order.</summary>
    public required IReadOnlyList<DrillStep> Steps { get; init; }

    /// <summary>Everything in the snapshot was proven, as deep as <see cref="Depth"/> says.</summary>
    public bool Proven => Outcome == DrillOutcome.Proven;

    public const int MostFindings = 1000;
}

/// <summary>What was proven, at the depth that was reached.</summary>
/// <param name="Records">Records that are there and right.</param>
/// <param name="RecordsTotal">Records that the snapshot says it has.</param>
/// <param name="Blobs">Blobs whose bytes are there and right: in the vault, and with a sandbox as its server gives them out.</param>
/// <param name="BlobsTotal">Blobs that the snapshot says it has.</param>
/// <param name="BlobsAbsent">
/// Blobs that the account's server had lost already when the snapshot was taken: named in it, and no fault of it.
/// </param>
/// <param name="BlobBytes">Bytes of <paramref name="Blobs"/>.</param>
public sealed record DrillCounts(long Records, long RecordsTotal, long Blobs, long BlobsTotal, long BlobsAbsent, long BlobBytes)
{
    public static DrillCounts None { get; } = new(0, 0, 0, 0, 0, 0);
}

/// <summary>One thing that is wrong.</summary>
/// <param name="Path">The record, <c>collection/rkey</c>; for a blob a record that uses it.</param>
/// <param name="Cid">The record or blob.</param>
/// <param name="Object">Full name of the object in the vault.</param>
/// <param name="Text">One or two sentences for a person.</param>
public sealed record DrillFinding(DrillFindingKind Kind, string Text, string? Path = null, string? Cid = null, string? Object = null);

/// <summary>A thing that was done.</summary>
/// <param name="Name">
/// For programs: <c>open</c>, <c>sandbox</c>, or the name of a restore's step in camelCase, such as <c>importRepo</c>.
/// </param>
/// <param name="Title">For people.</param>
/// <param name="Note">What came of it, in a sentence.</param>
public sealed record DrillStep(string Name, string Title, DateTimeOffset EndedAt, string? Note);
