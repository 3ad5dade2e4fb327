using Migrator.Core.Doctor;
using Migrator.Jobs.Migrations;

namespace Migrator.Jobs.Doctor;

/// <summary>
/// Checks that people ask for on a page or by the API. They run in this process and are kept in its memory for a day: a check only reads,
/// so one that a restart took away is simply asked for again.
/// </summary>
public interface ICheckService
{
    /// <summary>Starts a check of a living account.</summary>
    ServiceResult<CheckView> CheckAccount(string owner, CheckAccount command);

    /// <summary>Takes a CAR file in, up to the limit, and starts its check. The file is deleted when the check is over.</summary>
    /// <param name="name">How the person calls the file; only shown.</param>
    Task<ServiceResult<CheckView>> CheckFileAsync(string owner, string name, Stream content, CancellationToken ct);

    /// <summary>Another owner's check, or none, is "not found".</summary>
    CheckView? Find(string owner, string id);

    /// <summary>The owner's checks, newest first.</summary>
    IReadOnlyList<CheckView> List(string owner);

    /// <summary>Stops a check that runs; one that is over is forgotten. False where there is none.</summary>
    bool Stop(string owner, string id);
}

/// <param name="Account">Handle or DID.</param>
/// <param name="OtherHost">One more server to ask, where a move to it stopped half-way.</param>
/// <param name="ReadBlobs">Read every file whole and hash it.</param>
public sealed record CheckAccount(string? Account, string? OtherHost = null, bool ReadBlobs = false);

/// <param name="Id">22 characters of base64url.</param>
/// <param name="Report">Only when done.</param>
/// <param name="Problem">Only when failed: a trouble on our side, such as a full disk.</param>
public sealed record CheckView(
    string Id, string Subject, CheckKind Kind, CheckState State, string Doing, long Done, long Total, bool InBytes,
    DateTimeOffset StartedAt, DateTimeOffset? EndedAt, CheckReport? Report, string? Problem);

/// <summary>Why a file is not taken in: <see cref="FieldProblem.Code"/>.</summary>
public static class FileRefusal
{
    public const string None = "none";
    public const string TooLarge = "large";
    public const string NoRoom = "full";
    public const string Stopped = "stopped";
}

public enum CheckState
{
    /// <summary>Others are before it.</summary>
    Waiting,
    Running,
    Done,
    Failed,
    Stopped,
}
