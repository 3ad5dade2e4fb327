using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Accounts;

/// <summary>
/// Uploads files that a living account's server lost, and reads each back before it counts. A blob that a record refers to becomes
/// permanent with its upload.
/// </summary>
/// <remarks>
/// One case cannot be mended from outside: a reference server whose books say that it has the file, while the bytes are gone from its
/// store, takes the upload and throws it away. That shows when the file is read back, and is said.
/// </remarks>
/// <param name="files">Where their bytes are.</param>
/// <param name="owner">The account's server, signed in; an app password is enough.</param>
public sealed class FileReturn(IAccountSource files, PdsClient owner)
{
    private const string UsualType = "application/octet-stream";

    /// <param name="lost">What the server does not give out.</param>
    /// <param name="progress">Told how many were tried.</param>
    public async Task<FileReturnOutcome> RunAsync(IReadOnlyList<BlobReference> lost, IProgress<long>? progress, CancellationToken ct)
    {
        var back = new List<Cid>();
        var notBack = new List<NotPutBack>();
        foreach (var file in lost)
        {
            var (problem, stopped) = await BlobUpload.RunAsync(files, owner, file.Cid, file.MimeType ?? UsualType, ct).ConfigureAwait(false);
            if (problem is null && stopped is null)
                (problem, stopped) = await ReadBackAsync(file.Cid, ct).ConfigureAwait(false);
            if (stopped is not null)
                return new FileReturnOutcome(back, notBack, lost.Count - back.Count - notBack.Count, stopped);
            if (problem is null)
                back.Add(file.Cid);
            else
                notBack.Add(new NotPutBack(file, problem));
            progress?.Report(back.Count + notBack.Count);
        }

        return new FileReturnOutcome(back, notBack, 0, null);
    }

    private async Task<(string? Problem, XrpcError? Stopped)> ReadBackAsync(Cid cid, CancellationToken ct)
    {
        var opened = await owner.GetBlobAsync(files.Did, cid, ct).ConfigureAwait(false);
        if (!opened.IsOk)
        {
            return opened.Error.Failure is XrpcFailure.Refused or XrpcFailure.ServerTrouble
                ? ("the server took it and still does not give it out: its books say that it has the file. Only its operator can put the file back", null)
                : (null, opened.Error);
        }

        await using var body = opened.Value;
        using var bytes = new CheckedBlobStream(body.Stream, cid);
        try
        {
            await bytes.DrainAsync(ct).ConfigureAwait(false);
            return (null, null);
        }
        catch (BlobMismatchException)
        {
            return ("the server gives out other bytes under its name", null);
        }
        catch (XrpcStreamException broken)
        {
            return ($"it was uploaded, and could not be read back: {broken.Message}", null);
        }
    }
}

/// <summary>What became of files that a server lost. It may be run again with those that are left.</summary>
/// <param name="PutBack">Uploaded, read back from the server and equal to their CIDs.</param>
/// <param name="NotBack">Those that could not be put back, each with the reason.</param>
/// <param name="Left">Not tried, because of <paramref name="Stopped"/>.</param>
/// <param name="Stopped">Why it ended early: the server asked to wait (<see cref="XrpcError.RetryAt"/>), is away, or the session ended.</param>
public sealed record FileReturnOutcome(IReadOnlyList<Cid> PutBack, IReadOnlyList<NotPutBack> NotBack, long Left, XrpcError? Stopped);

/// <summary>A file that could not be put back, and why, for a person.</summary>
public sealed record NotPutBack(BlobReference File, string Reason);
