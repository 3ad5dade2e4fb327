using System.Text.Json;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Migrations;

/// <summary>
/// How far a migration is: the runner's document, written only under a live lease with its fencing number.
/// A file format: <see cref="Version"/> first, no secrets, recorded samples are loaded by a test.
/// </summary>
public sealed record MigrationProgress
{
    public int Version { get; init; } = 1;

    public MigrationState State { get; init; } = MigrationState.Draft;

    public Hold? Hold { get; init; }

    /// <summary>The step under way or next; null before the start and at the end.</summary>
    public StepName? Step { get; init; }

    /// <summary>Tries of <see cref="Step"/> since it was last done or restarted by the person.</summary>
    public int Attempt { get; init; }

    /// <summary>Steps that are done, in the order of their doing.</summary>
    public IReadOnlyList<StepDone> Done { get; init; } = [];

    public IdentityFacts? Identity { get; init; }

    public PreflightReport? Preflight { get; init; }

    public RepoCopy? Repo { get; init; }

    public TargetFacts? Target { get; init; }

    public PreferencesCopy? Preferences { get; init; }

    public ParitySummary? Parity { get; init; }

    public CutoverFacts Cutover { get; init; } = new();

    /// <summary>What only a restore finds out; null for a move.</summary>
    public RestoreFacts? Restore { get; init; }

    /// <summary>
    /// Not null while the old account has to be activated again because the cut-over could not go on:
    /// the hold that is shown once that is done. Kept here so that a crash in between changes nothing.
    /// </summary>
    public Hold? Compensating { get; init; }

    /// <summary>What a person should know at the end: each a sentence.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    public bool IsDone(StepName step) => Done.Any(done => done.Step == step);
}

public sealed record StepDone(StepName Step, DateTimeOffset At, string? Note);

/// <summary>The identity before the move, as the directory and the old server told it: what the way back must restore.</summary>
/// <param name="HeadCid">CID of the newest valid operation; null for did:web.</param>
/// <param name="OldHost">What the old server recommends for itself: told apart from what is the person's own.</param>
public sealed record IdentityFacts(
    Did Did,
    Handle? Handle,
    Uri Pds,
    string SigningKey,
    string? HeadCid,
    IReadOnlyList<string> RotationKeys,
    HostCredentials? OldHost);

/// <summary>What a server recommends for the identity of an account that it hosts. Keys are did:key strings.</summary>
public sealed record HostCredentials(
    IReadOnlyList<string> RotationKeys,
    IReadOnlyDictionary<string, string> VerificationMethods,
    IReadOnlyList<string> AlsoKnownAs,
    Uri? Endpoint);

public enum PreflightLevel
{
    Ok,
    Warning,
    Blocker,
}

public sealed record PreflightItem(PreflightLevel Level, string Title, string Text);

public sealed record PreflightReport(
    DateTimeOffset At, IReadOnlyList<PreflightItem> Items, long Records, long Blobs, long? BlobBytes, long RepoBytes);

/// <summary>The repo as it was last copied.</summary>
/// <param name="Rev">The SOURCE's rev at the time of the export: the only value that may be sent as <c>since</c>.</param>
/// <param name="Data">CID of the MST root: equal roots mean equal record sets.</param>
/// <param name="Files">CAR files in the workspace: one full, then deltas in order.</param>
/// <param name="ImportedCommit">The commit that the target was last seen to have imported.</param>
public sealed record RepoCopy(
    Cid Commit,
    Cid Data,
    string Rev,
    long Records,
    long Blocks,
    long Bytes,
    IReadOnlyDictionary<string, long> RecordsByCollection,
    IReadOnlyList<string> Files,
    Cid? ImportedCommit);

public sealed record TargetFacts(
    string ServiceDid, Handle Handle, DateTimeOffset CreatedAt, bool ExistedBefore, HostCredentials? Recommended);

public sealed record PreferencesCopy(int Count, string CanonicalSha256, bool Supported);

/// <param name="ReportFile">Name of the full report in the workspace.</param>
public sealed record ParitySummary(
    DateTimeOffset At, bool Equal, long Records, long Blobs, long MissingRecords, long ExtraRecords, long ChangedRecords, long MissingBlobs,
    string ReportFile);

/// <summary>Times and proofs of the cut-over.</summary>
public sealed record CutoverFacts
{
    public DateTimeOffset? CodeRequestedAt { get; init; }

    /// <summary>The <see cref="Go.Number"/> that was acted on.</summary>
    public int GoTaken { get; init; }

    /// <summary>How many of the codes given were tried: a code is tried once.</summary>
    public int CodesTried { get; init; }

    /// <summary>How many of the wishes for a fresh code were fulfilled.</summary>
    public int CodesAsked { get; init; }

    public SignedOperation? Operation { get; init; }

    /// <summary>The new server did not take it: the next go has another one signed.</summary>
    public bool OperationRefused { get; init; }

    /// <summary>The change as it would be made now: shown before the go.</summary>
    public PlannedChange? Planned { get; init; }

    /// <summary>
    /// Set before the old account is deactivated, cleared after it was activated again: the durable mark of what must be undone.
    /// </summary>
    public DateTimeOffset? SourceDeactivatedAt { get; init; }

    /// <summary>Set before the operation is first sent: from here on only the directory's log says what is so.</summary>
    public DateTimeOffset? SubmittedAt { get; init; }

    public DateTimeOffset? AcceptedAt { get; init; }

    public DateTimeOffset? ActivatedAt { get; init; }

    /// <summary>The operation that leads back, prepared before the cut and signed only if the person asks for it.</summary>
    public SignedOperation? WayBack { get; init; }

    /// <summary>The <see cref="MigrationRequest.WayBackAt"/> that was acted on.</summary>
    public DateTimeOffset? WayBackTaken { get; init; }
}

/// <summary>A signed PLC operation, stored before it is sent: a retry sends these bytes again, never newly signed ones.</summary>
public sealed record SignedOperation(Cid Cid, string Prev, JsonElement Json, IReadOnlyList<OperationChange> Changes);

/// <summary>An operation that is not signed yet.</summary>
/// <param name="Problems">Why it could not be made as it is, in words; empty when it can.</param>
/// <param name="NullifyWith">The person's key stood in the identity before: with it the move itself can be nullified for 72 hours.</param>
public sealed record PlannedChange(
    JsonElement Json, string Prev, IReadOnlyList<OperationChange> Changes, IReadOnlyList<string> Problems, bool NullifyWith);

/// <summary>One line of the readable difference between the identity before and after.</summary>
public sealed record OperationChange(string What, string? Before, string? After);
