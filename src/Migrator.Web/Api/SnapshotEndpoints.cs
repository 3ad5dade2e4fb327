using System.Security.Cryptography;
using System.Text.Json;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Snapshots;
using Migrator.Web.Features.Backups;
using Migrator.Web.Security;

namespace Migrator.Web.Api;

/// <summary>Snapshots: what is known of them without a key, and what is inside with one.</summary>
internal static class SnapshotEndpoints
{
    /// <summary>Names a key that was given. Not the key, and worthless when its time is over.</summary>
    private const string LeaseHeader = "Migrator-Key-Lease";
    private const int UsualLimit = 100;
    private const string NeedsKey =
        "Give the private key at `POST /api/v1/backups/key-leases` first, and its `lease` here as the header `Migrator-Key-Lease`.";

    public static void MapSnapshots(this IEndpointRouteBuilder backups)
    {
        var one = backups.MapGroup("/snapshots/{id}");
        one.GetOne<SnapshotView>("/", service => service.GetSnapshotAsync)
            .Describe("Read a snapshot", "What is known of it without the key.").Faults(404);
        one.MapPut("/pin",
            (HttpContext http, string id, IBackupService service, CancellationToken ct) => PinAsync(http, service, id, true, ct))
            .Describe("Pin a snapshot", "It is kept whatever the rules say, also when it was marked for deletion already.")
            .Produces<SnapshotView>().Faults(404);
        one.MapDelete("/pin",
            (HttpContext http, string id, IBackupService service, CancellationToken ct) => PinAsync(http, service, id, false, ct))
            .Describe("Unpin a snapshot", "The rules of its plan hold for it again.").Produces<SnapshotView>().Faults(404);
        one.MapContents();
        backups.MapKeyLeases();
    }

    private static async Task<IResult> PinAsync(HttpContext http, IBackupService service, string id, bool pinned, CancellationToken ct) =>
        (await service.PinSnapshotAsync(http.User.Name(), id, pinned, ct)).Answer(http, Results.Ok);

    private static void MapKeyLeases(this IEndpointRouteBuilder backups)
    {
        var leases = backups.MapGroup("/key-leases");
        leases.MapPost("/", (HttpContext http, GiveKey command, ISnapshotBrowser browser) =>
            {
                var lease = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
                return browser.GiveKey(http.User.Name(), lease, command.PrivateKey)
                    .Answer(http, given => Results.Json(new GivenKey(lease, given.Until), statusCode: StatusCodes.Status201Created));
            })
            .Describe("Give a private key for a while",
                "For looking into snapshots. It stays in this program's memory only, until it is forgotten, was not used for half an "
                + "hour, or two hours are over. The answer's `lease` stands for it in the header `Migrator-Key-Lease`; it cannot be "
                + "turned back into "
                + "the key.")
            .Produces<GivenKey>(StatusCodes.Status201Created).Faults(422, 429).RequireRateLimiting(RateLimits.Attempts);
        leases.MapDelete("/", (HttpContext http, ISnapshotBrowser browser, SessionCookie cookie) =>
            {
                browser.Forget(http.User.Name(), SessionOf(http, cookie));
                return Results.NoContent();
            })
            .Describe("Forget the key", "That of the lease in the header `Migrator-Key-Lease`. What was opened with it is closed.")
            .Produces(StatusCodes.Status204NoContent).Faults();
    }

    private static void MapContents(this IEndpointRouteBuilder one)
    {
        one.MapGet("/contents", (HttpContext http, string id, CancellationToken ct) =>
                LookAsync(http, id, opened => opened.Describe(), ct))
            .Describe("What is inside",
                "Collections with their counts. Opens the snapshot and verifies it whole. " + NeedsKey).Look<SnapshotContents>();
        one.MapGet("/records", (HttpContext http, string id, string? collection, string? after, int? limit, CancellationToken ct) =>
                LookAsync(http, id, opened => opened.RecordsOf(collection ?? "", after, limit ?? UsualLimit), ct))
            .Describe("List records",
                "Of one `collection`, by record key. `limit` is 1 to 1000; `after` of the answer gives the next page. " + NeedsKey)
            .Look<RecordList>();
        one.MapGet("/record", (HttpContext http, string id, string? path, CancellationToken ct) =>
                LookAsync(http, id, opened => opened.RecordAt(path ?? ""), ct))
            .Describe("Read a record", "As JSON. `path` is collection, slash, record key. " + NeedsKey).Look<RecordContent>();
        one.MapGet("/blobs", (HttpContext http, string id, int? skip, int? limit, CancellationToken ct) =>
                LookAsync(http, id, opened => opened.BlobsOf(skip ?? 0, limit ?? UsualLimit), ct))
            .Describe("List files",
                "That records refer to, by the first record that does. `skip` of the answer gives the next page. " + NeedsKey)
            .Look<BlobList>();
        one.MapGet("/preferences", (HttpContext http, string id, CancellationToken ct) =>
                LookAsync<object>(http, id, opened => opened.Manifest.Preferences.Value, ct))
            .Describe("Read the settings of apps",
                "The array of `app.bsky.actor.getPreferences`. 404 where the snapshot has none. " + NeedsKey)
            .Look<JsonElement>();
        one.MapGet("/changes", ChangesAsync)
            .Describe("Compare with an earlier snapshot",
                "What changed from the snapshot `since` to this one. `limit` (1 to 1000) and `skip` page through all lists together. "
                + NeedsKey)
            .Look<SnapshotChanges>();
        one.MapGet("/repo.car", (HttpContext http, string id, CancellationToken ct) =>
                OpenAsync(http, id, opened => Task.FromResult<IResult?>(SnapshotFiles.Car(http, opened, ct)), ct))
            .Describe("Download the repo", "One CAR file, as `com.atproto.repo.importRepo` takes it. " + NeedsKey)
            .Produces(StatusCodes.Status200OK, null, "application/vnd.ipld.car").Faults(404, 422, 503);
        one.MapGet("/blobs/{cid}", (HttpContext http, string id, string cid, CancellationToken ct) =>
                OpenAsync(http, id, opened => SnapshotFiles.BlobAsync(http, opened, cid, ct), ct))
            .Describe("Download a file", "Its bytes, compared with its CID: a download that ends early was not good. " + NeedsKey)
            .Produces(StatusCodes.Status200OK, null, "application/octet-stream").Faults(404, 422, 503);
    }

    private static async Task<IResult> ChangesAsync(HttpContext http, string id, string? since, int? skip, int? limit, CancellationToken ct)
    {
        var service = http.RequestServices.GetRequiredService<IBackupService>();
        var (earlier, later) = (
            await service.GetSnapshotAsync(http.User.Name(), since ?? "", ct), await service.GetSnapshotAsync(http.User.Name(), id, ct));
        if (earlier.Value is null || later.Value is null)
            return (earlier.Value is null ? earlier : later).Answer(http, Results.Ok);
        if (earlier.Value.AccountId != later.Value.AccountId)
            return ServiceResult<SnapshotView>.Invalid("since", "This snapshot is of another account.").Answer(http, Results.Ok);
        return await OpenAsync(http, earlier.Value.Id, async from =>
        {
            using (from)
                return await LookAsync(http, id, to => from.ChangesTo(to, skip ?? 0, limit ?? UsualLimit), ct);
        }, ct);
    }

    /// <summary>Opens, looks, closes. What is null is not there.</summary>
    private static Task<IResult> LookAsync<T>(HttpContext http, string id, Func<BrowsedSnapshot, T?> look, CancellationToken ct) =>
        OpenAsync(http, id, opened =>
        {
            using (opened)
                return Task.FromResult(look(opened) is { } seen ? Results.Ok(seen) : null);
        }, ct);

    /// <param name="answer">Disposes what it is given, at once or with the response.</param>
    private static async Task<IResult> OpenAsync(
        HttpContext http, string id, Func<BrowsedSnapshot, Task<IResult?>> answer, CancellationToken ct)
    {
        var browser = http.RequestServices.GetRequiredService<ISnapshotBrowser>();
        var session = SessionOf(http, http.RequestServices.GetRequiredService<SessionCookie>());
        var opened = await browser.OpenAsync(http.User.Name(), session, id, ct);
        if (opened.Value is not { } snapshot)
            return opened.Answer(http, _ => Results.NoContent());
        return await SnapshotFiles.GuardAsync(http, () => answer(snapshot))
            ?? ServiceResult<SnapshotView>.NotFound("The snapshot has no such thing.").Answer(http, Results.Ok);
    }

    /// <summary>A program names its lease; a page's own scripts have the browser session, as the pages do.</summary>
    private static string SessionOf(HttpContext http, SessionCookie cookie) =>
        http.Request.Headers[LeaseHeader].ToString() is { Length: > 0 and <= 200 } lease ? lease : cookie.Read(http.Request) ?? "";

    private static void Look<T>(this RouteHandlerBuilder route) => route.Produces<T>().Faults(404, 422, 503);
}

/// <param name="PrivateKey"><c>AGE-SECRET-KEY-1…</c>, or a whole identity file.</param>
public sealed record GiveKey(string? PrivateKey)
{
    public override string ToString() => nameof(GiveKey);
}

/// <param name="Lease">Stands for the key in the header <c>Migrator-Key-Lease</c>.</param>
/// <param name="Until">When the key is wiped if it is not used.</param>
public sealed record GivenKey(string Lease, DateTimeOffset Until)
{
    public override string ToString() => nameof(GivenKey);
}
