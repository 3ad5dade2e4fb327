using System.Text;
using System.Text.Json;
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
            WithAsync(http, id, browser, cookie, ct, opened => SnapshotFiles.Car(http, opened, ct), keep: true));
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
        var opened = await browser.OpenAsync(http.User.Name(), cookie.Read(http.Request) ?? "", id, ct);
        if (opened.Value is not { } snapshot)
            return Results.Redirect($"/backups/snapshots/{Uri.EscapeDataString(id)}");
        return await SnapshotFiles.GuardAsync(http, () => SnapshotFiles.BlobAsync(http, snapshot, cid, ct)) ?? Results.NotFound();
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
            return await SnapshotFiles.GuardAsync(http, () => Task.FromResult<IResult?>(answer(snapshot))) ?? Results.NotFound();
    }
}
