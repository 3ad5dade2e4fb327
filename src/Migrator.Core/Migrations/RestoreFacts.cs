namespace Migrator.Core.Migrations;

/// <summary>What a restore found out and did, beside what every migration does.</summary>
public sealed record RestoreFacts
{
    /// <summary>The identity's log for the person to read, newest first.</summary>
    public IReadOnlyList<LogLine> Log { get; init; } = [];

    /// <summary>Place of the person's key among the rotation keys, 0 the strongest.</summary>
    public int KeyRank { get; init; }

    /// <summary>Rotation keys that Migrator takes for the old server's.</summary>
    public IReadOnlyList<string> HostKeys { get; init; } = [];

    public Gathered? Gathered { get; init; }

    /// <summary>Public half of the temporary signing key (did:key).</summary>
    public string? TemporaryKey { get; init; }

    /// <summary>The first operation: puts the temporary key into the identity. Stored before it is sent.</summary>
    public SignedOperation? Claim { get; init; }

    public DateTimeOffset? ClaimSubmittedAt { get; init; }

    public DateTimeOffset? ClaimAcceptedAt { get; init; }

    /// <summary>The operation (CID) after which the identity stood before it was claimed: what the way back restores.</summary>
    public string? Before { get; init; }

    /// <summary>The way back, signed beforehand where the key is held here, so that it needs nobody any more.</summary>
    public SignedOperation? Release { get; init; }

    /// <summary>What the person is asked to sign with their own tool; null where nothing is.</summary>
    public PlannedChange? ToSign { get; init; }

    /// <summary>The <see cref="RestoreRequest.OperationsGiven"/> that was looked at.</summary>
    public int OperationsTaken { get; init; }
}

/// <summary>What the sources gave.</summary>
/// <param name="RepoFrom">Name of the source that the records are from.</param>
/// <param name="TakenAt">When the records were so, as the repo's own rev says.</param>
/// <param name="BlobsFound">Of those that records use.</param>
/// <param name="Preferences">Whether any source had the app's settings.</param>
/// <param name="Sources">What each source gave, a sentence each.</param>
public sealed record Gathered(
    string RepoFrom, DateTimeOffset TakenAt, string Rev, long Records, long Blobs, long BlobsFound, bool Preferences,
    IReadOnlyList<string> Sources);

/// <summary>One operation of the identity's log, for a person.</summary>
/// <param name="SignedBy">The did:key that signed.</param>
/// <param name="Rank">Its place among the rotation keys at that time, 0 the strongest.</param>
/// <param name="Mine">Signed by the key that restores.</param>
/// <param name="OverruleUntil">Until when the person's key can overrule it; null when it cannot.</param>
public sealed record LogLine(
    string Cid, DateTimeOffset At, string SignedBy, int Rank, bool Nullified, bool Mine, DateTimeOffset? OverruleUntil,
    IReadOnlyList<OperationChange> Changes);
