using Migrator.Core.Migrations;

namespace Migrator.Jobs.Migrations;

/// <summary>A migration as pages and API show it. Holds no secret.</summary>
/// <param name="Version">Grows with every change of either document: the ETag.</param>
/// <param name="Tasks">The questions of the draft and which are answered.</param>
public sealed record MigrationView(
    string Id,
    string Version,
    MigrationState State,
    Hold? Hold,
    string Did,
    string? Handle,
    Uri SourcePds,
    TargetView? Target,
    DraftTasks Tasks,
    RecoveryKey? RecoveryKey,
    PreflightReport? Preflight,
    RepoView? Repo,
    BlobTotals Blobs,
    IReadOnlyList<BlobProblem> BlobProblems,
    IReadOnlyList<StepView> Steps,
    LiveView? Live,
    ParitySummary? Parity,
    IdentityChangeView? IdentityChange,
    CutoverTimes Times,
    WayBackView WayBack,
    IReadOnlyList<string> Remarks,
    IReadOnlyList<MigrationEvent> Events,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    AllowedActions Can)
{
    public MigrationKind Kind { get; init; }

    /// <summary>Null for a move.</summary>
    public RestoreView? Restore { get; init; }

    /// <summary>The identity was changed after the move or the restore: what, when, and what to do. Null where nothing of that was seen.</summary>
    public string? IdentityWarning { get; init; }
}

public sealed record TargetView(
    Uri Pds, string ServiceDid, IReadOnlyList<string> HandleDomains, bool InviteCodeRequired, long? BlobUploadLimit, string? Handle,
    string? Email);

/// <param name="SignedIn">At the old server; a restore needs no sign-in.</param>
/// <param name="RecoveryKey">In a restore: the rotation key that signs, or its did:key.</param>
/// <param name="Sources">In a restore: at least one thing to restore from was named.</param>
public sealed record DraftTasks(bool Destination, bool SignedIn, bool Account, bool RecoveryKey, bool Started, bool Sources = true)
{
    public bool AllAnswered => Destination && SignedIn && Account && RecoveryKey && Sources;
}

public sealed record RepoView(
    long Records, long Bytes, string Rev, string Commit, string Data, IReadOnlyDictionary<string, long> RecordsByCollection);

public sealed record BlobProblem(string Cid, BlobState State, string? UsedBy, string? Reason, bool Accepted);

public enum StepStanding
{
    NotYet,
    Running,
    Waiting,
    NeedsYou,
    Done,
    Undone,
}

public sealed record StepView(
    StepName Name, string Title, string Explanation, StepStanding Standing, DateTimeOffset? FinishedAt, string? Note);

/// <param name="SecondsLeft">Null while the rate is not known.</param>
public sealed record LiveView(StepName Step, long Done, long? Total, long BytesDone, long? BytesTotal, int? SecondsLeft, DateTimeOffset At);

/// <param name="RawOperation">The unsigned or signed operation as JSON.</param>
public sealed record IdentityChangeView(
    IReadOnlyList<OperationChange> Changes, string RawOperation, string? Cid, string? Prev, IReadOnlyList<string> Problems);

public sealed record CutoverTimes(
    DateTimeOffset? CodeRequestedAt, DateTimeOffset? CodeExpiresAt, DateTimeOffset? SourceDeactivatedAt, DateTimeOffset? SubmittedAt,
    DateTimeOffset? ActivatedAt);

/// <param name="NullifyUntil">Where the person's key stood in the log before the move: until when the move itself can be nullified.</param>
public sealed record WayBackView(bool Possible, string Explanation, DateTimeOffset? NullifyUntil);

/// <summary>Which commands the state allows: pages show only these, the API answers 409 to the others.</summary>
public sealed record AllowedActions(
    bool Edit, bool Start, bool Pause, bool Resume, bool Cancel, bool SignInSource, bool SignInTarget, bool AcceptMissing, bool Go,
    bool GiveCode, bool AskCode, bool TakeWayBack)
{
    // Of a restore.
    public bool EditSources { get; init; }

    public bool GiveRotationKey { get; init; }

    public bool DecideLog { get; init; }

    public bool GiveOperation { get; init; }

    public bool Release { get; init; }
}

/// <summary>The recovery kit: shown once, not kept anywhere.</summary>
/// <param name="PrivateKeyHex">64 hex digits, K-256.</param>
public sealed record RecoveryKit(
    string Did, string? Handle, string DidKey, string PrivateKeyHex, string PrivateKeyMultibase, DateTimeOffset MadeAt)
{
    public override string ToString() => nameof(RecoveryKit);
}

public sealed record MigrationListItem(
    string Id, string Did, string? Handle, Uri SourcePds, Uri? TargetPds, MigrationState State, Hold? Hold, DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt)
{
    public MigrationKind Kind { get; init; }

    /// <summary>See <see cref="MigrationView.IdentityWarning"/>; only while something can still be done about it.</summary>
    public string? IdentityWarning { get; init; }
}
