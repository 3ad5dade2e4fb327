using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Backups;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Snapshots;
using Migrator.Web.Api;
using Migrator.Web.Security;

namespace Migrator.Web.Features.Backups;

/// <summary>Parts of an opened snapshot as downloads, for pages and API alike.</summary>
internal static class SnapshotFiles
{
    /// <summary>The repo as one CAR file; the snapshot is closed when it is sent.</summary>
    public static IResult Car(HttpContext http, BrowsedSnapshot opened, CancellationToken ct)
    {
        // Written from the verified blocks, in the order of the tree: each block is hashed once more on its way out.
        http.Response.RegisterForDispose(opened);
        return Results.Stream(
            body => WriteCarAsync(http, opened, body, ct), "application/vnd.ipld.car", $"{opened.Manifest.Did.ToString().Replace(':', '-')}.car");
    }

    /// <summary>One blob; the snapshot is closed when it is sent. Null where the snapshot does not have it.</summary>
    /// <exception cref="SnapshotFaultException">It is missing in the vault or damaged there.</exception>
    public static async Task<IResult?> BlobAsync(HttpContext http, BrowsedSnapshot opened, string cid, CancellationToken ct)
    {
        http.Response.RegisterForDispose(opened);
        if (!Cid.TryParse(cid, out var wanted))
            return null;
        try
        {
            // A stranger's bytes: always a download of no kind, never shown by the browser as a page of this site.
            return Results.Stream(await opened.OpenBlobAsync(wanted, ct), "application/octet-stream", wanted.ToString());
        }
        catch (KeyNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Runs a read whose faults become an answer that says what is wrong, for a person or for a program.</summary>
    internal static async Task<IResult?> GuardAsync(HttpContext http, Func<Task<IResult?>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception fault) when (fault is SnapshotFaultException or RepoFaultException)
        {
            return Unreadable(http, fault);
        }
    }

    /// <summary>The answer where a part of a snapshot turned out to be damaged or missing, before any of it was sent.</summary>
    internal static IResult Unreadable(HttpContext http, Exception fault)
    {
        var words = $"This part of the snapshot cannot be read. {fault.Message}";
        return DoorAuthentication.IsApi(http.Request)
            ? ServiceResult<SnapshotView>.Unavailable("", words).Answer(http, Results.Ok)
            : Results.Text(words, statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task WriteCarAsync(HttpContext http, BrowsedSnapshot opened, Stream body, CancellationToken ct)
    {
        try
        {
            await PumpAsync(stream => opened.WriteCar(stream, ct), body, ct);
        }
        catch (RepoFaultException fault) when (!http.Response.HasStarted)
        {
            http.Response.Clear();
            await Unreadable(http, fault).ExecuteAsync(http);
        }
    }

    /// <summary>
    /// The writer of CAR files is not asynchronous, and the response takes nothing else: pieces go through a bounded pipe. Whatever
    /// happens, the writer has ended when this does: else it would wait for the reader on a thread of the pool, for good.
    /// </summary>
    internal static async Task PumpAsync(Action<Stream> write, Stream body, CancellationToken ct)
    {
        var pipe = new System.IO.Pipelines.Pipe();
        var writing = Task.Run(
            async () =>
            {
                Exception? fault = null;
                try
                {
                    using var stream = pipe.Writer.AsStream(leaveOpen: true);
                    write(stream);
                }
                catch (Exception broken)
                {
                    fault = broken; // told to the reader below, which ends the download in the middle
                }

                await pipe.Writer.CompleteAsync(fault);
            },
            CancellationToken.None);
        Exception? end = null;
        try
        {
            await pipe.Reader.CopyToAsync(body, ct);
        }
        catch (Exception broken)
        {
            end = broken; // told to the writer, which would go on for nothing
            throw;
        }
        finally
        {
            await pipe.Reader.CompleteAsync(end);
            await writing;
        }
    }
}
