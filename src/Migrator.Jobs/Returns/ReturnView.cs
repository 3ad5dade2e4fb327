namespace Migrator.Jobs.Returns;

/// <param name="Id">22 characters of base64url.</param>
/// <param name="Host">The account's server.</param>
/// <param name="Total">0: not known.</param>
/// <param name="WaitsUntil">When it goes on by itself.</param>
/// <param name="Preview">What would come back; null until the first look is over.</param>
/// <param name="Outcome">What came back; null before the writing.</param>
/// <param name="Problem">Why it failed, or waits.</param>
/// <param name="IsHere">False where another process of Migrator is at it, or this one is only remembered.</param>
public sealed record ReturnView(
    string Id, string SnapshotId, DateTimeOffset SnapshotTakenAt, string Did, string? Handle, string Host, ReturnState State, string Doing,
    long Done,
    long Total, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, DateTimeOffset? WaitsUntil, ReturnPreviewView? Preview,
    ReturnResultView? Outcome, string? Problem, bool IsHere = true)
{
    public bool IsOver => State is ReturnState.Done or ReturnState.Failed or ReturnState.Stopped or ReturnState.CutOff;

    /// <summary>The same when its process has ended: nobody goes on with it.</summary>
    public ReturnView CutOffAt(DateTimeOffset now) => this with
    {
        State = ReturnState.CutOff,
        EndedAt = now,
        WaitsUntil = null,
        IsHere = false,
        Problem = Outcome is null && State is not (ReturnState.Writing or ReturnState.Waiting)
            ? "Migrator was ended or started anew while it looked. Nothing was written."
            : "Migrator was ended or started anew while it wrote" + (Total > 0 ? $" ({Done} of {Total} were counted)" : "")
                + ". What was written until then stays; a little more than was counted may be back.",
    };

    /// <summary>How it ended, in a line without names.</summary>
    public string ForAudit() => $"{Id} {State}, {Outcome?.Records ?? 0} records and {Outcome?.Files ?? 0} files back";
}

public enum ReturnState
{
    /// <summary>Others are before it.</summary>
    Queued,

    /// <summary>Reads the account as it is now. Writes nothing.</summary>
    Looking,

    /// <summary>The look is over; nothing is written before the person signs in.</summary>
    Ready,

    Writing,

    /// <summary>The server asked for a pause, or is away; goes on by itself.</summary>
    Waiting,

    /// <summary>Everything was tried; the result says whether everything came back.</summary>
    Done,

    /// <summary>Somebody has to do something. What was written stays.</summary>
    Failed,

    Stopped,

    /// <summary>Migrator itself was ended in the middle. What was written stays; beginning again skips it.</summary>
    CutOff,
}

/// <summary>What would be written. Nothing that is there now is ever changed.</summary>
/// <param name="Records">Gone since then, and chosen.</param>
/// <param name="Kinds">The same by kind, most first.</param>
/// <param name="Paths">The first of them.</param>
/// <param name="NotChosen">Gone as well, and not chosen.</param>
/// <param name="Changed">There with other content: left as they are now.</param>
/// <param name="ChangedPaths">The first of those.</param>
/// <param name="Files">Null where files were not asked for.</param>
public sealed record ReturnPreviewView(
    long Records,
    IReadOnlyList<ReturnKind> Kinds, IReadOnlyList<string> Paths, long NotChosen, long Changed, IReadOnlyList<string> ChangedPaths,
    LostFilesView? Files)
{
    public bool IsEmpty => Records == 0 && Files is null or { Kept: 0 };
}

public sealed record ReturnKind(string Name, long Records);

/// <param name="Asked">Files that the server was asked for.</param>
/// <param name="Lost">Those that it does not give out.</param>
/// <param name="Kept">How many of those are in the snapshot.</param>
/// <param name="List">The first of them.</param>
public sealed record LostFilesView(long Asked, long Lost, long Kept, IReadOnlyList<LostFileView> List);

public sealed record LostFileView(string Cid, string UsedBy, bool InSnapshot);

/// <param name="Records">Came back, each with the CID that it had.</param>
/// <param name="Left">Not tried yet.</param>
/// <param name="NotReturned">How many were tried in vain; <paramref name="Problems"/> names the first of them.</param>
/// <param name="Files">Put back: uploaded, read back and compared.</param>
/// <param name="FilesNotBack">How many were tried in vain; <paramref name="FileProblems"/> names the first of them.</param>
public sealed record ReturnResultView(
    long Records, long Left, long NotReturned,
    IReadOnlyList<ReturnProblem> Problems, long Files, long FilesNotBack, IReadOnlyList<ReturnProblem> FileProblems)
{
    public bool IsWhole => Left == 0 && NotReturned == 0 && FilesNotBack == 0;
}

/// <param name="What">A record's path, or a file's CID.</param>
public sealed record ReturnProblem(string What, string Why);
