using System.Text;
using System.Text.Json;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Backups;
using Migrator.Jobs.Snapshots;
using Migrator.Web.Security;

namespace Migrator.Web.Features.Backups;

/// <summary>What is inside a snapshot as files: the repo, one record, one blob, the settings. All need the key in the browser session.</summary>
internal static class SnapshotDownloads
{
    public static void MapSnapshotDownloads(this IEndpointRouteBuilder routes)
    {
        var one = routes.MapGroup("/backups/snapshots/{id}").ExcludeFromDescription();
        one.MapGet("/repo.car", (HttpContext http, string id, ISnapshotBrowser browser, SessionCookie cookie, CancellationToken ct) =>
            WithAsync(http, id, browser, cookie, ct, opened =>
            {
                // Written from the verified blocks, in the order of the tree: each block is hashed once more on its way out.
                http.Response.RegisterForDispose(opened);
                return Results.Stream(body => WriteCarAsync(opened, body, ct), "application/vnd.ipld.car", $"{opened.Manifest.Did.ToString().Replace(':', '-')}.car");
            }, keep: true));
        one.MapGet("/record.json", (HttpContext http, string id, string? path, ISnapshotBrowser browser, SessionCookie cookie, CancellationToken ct) =>
            WithAsync(http, id, browser, cookie, ct, opened => opened.ReadRecord(path ?? "") is { } json
                ? Results.File(Encoding.UTF8.GetBytes(json), "application/json", $"{path!.Replace('/', '-')}.json")
                : Results.NotFound()));
        one.MapGet("/preferences.json", (HttpContext http, string id, ISnapshotBrowser browser, SessionCookie cookie, CancellationToken ct) =>
            WithAsync(http, id, browser, cookie, ct, opened => opened.Manifest.Preferences.Value is { } preferences
                ? Results.File(JsonSerializer.SerializeToUtf8Bytes(preferences), "application/json", "preferences.json")
                : Results.NotFound()));
        one.MapGet("/blob/{cid}", BlobAsync);
    }

    private static async Task<IResult> BlobAsync(
        HttpContext http, string id, string cid, ISnapshotBrowser browser, SessionCookie cookie, CancellationToken ct)
    {
        if (!Cid.TryParse(cid, out var wanted))
            return Results.NotFound();
        var opened = await browser.OpenAsync(http.User.Name(), cookie.Read(http.Request) ?? "", id, ct);
        if (opened.Value is not { } snapshot)
            return Results.Redirect($"/backups/snapshots/{Uri.EscapeDataString(id)}");
        http.Response.RegisterForDispose(snapshot);
        try
        {
            // A stranger's bytes: always a download of no kind, never shown by the browser as a page of this site.
            return Results.Stream(await snapshot.OpenBlobAsync(wanted, ct), "application/octet-stream", cid);
        }
        catch (KeyNotFoundException)
        {
            return Results.NotFound();
        }
        catch (SnapshotFaultException)
        {
            return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static async Task<IResult> WithAsync(
        HttpContext http, string id, ISnapshotBrowser browser, SessionCookie cookie, CancellationToken ct, Func<BrowsedSnapshot, IResult> answer, bool keep = false)
    {
        var opened = await browser.OpenAsync(http.User.Name(), cookie.Read(http.Request) ?? "", id, ct);
        if (opened.Value is not { } snapshot)
            return Results.Redirect($"/backups/snapshots/{Uri.EscapeDataString(id)}");
        if (keep)
            return answer(snapshot);
        using (snapshot)
            return answer(snapshot);
    }

    /// <summary>The writer of CAR files is not asynchronous, and the response takes nothing else: pieces go through a bounded pipe.</summary>
    private static async Task WriteCarAsync(BrowsedSnapshot opened, Stream body, CancellationToken ct)
    {
        var pipe = new System.IO.Pipelines.Pipe();
        var writing = Task.Run(async () =>
        {
            Exception? fault = null;
            try
            {
                using var stream = pipe.Writer.AsStream(leaveOpen: true);
                opened.WriteCar(stream, ct);
            }
            catch (Exception broken)
            {
                fault = broken; // told to the reader below, which ends the download in the middle
            }

            await pipe.Writer.CompleteAsync(fault);
        }, ct);
        await pipe.Reader.CopyToAsync(body, ct);
        await writing;
    }
}
