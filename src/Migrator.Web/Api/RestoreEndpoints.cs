using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Migrator.Jobs.Migrations;
using Migrator.Web.Security;

namespace Migrator.Web.Api;

/// <summary>
/// What only a restore has: each route is one method of <see cref="IRestoreService"/>. A restore is a migration: destination, account,
/// start, pause, cancel, progress and report are under <c>/api/v1/migrations/{id}</c>.
/// </summary>
internal static class RestoreEndpoints
{
    public static void MapRestores(this IEndpointRouteBuilder api, IEndpointRouteBuilder one)
    {
        var all = api.MapGroup("/restores").WithTags("Restores");
        all.MapPost("/", async (HttpContext http, CreateMigration command, [FromServices] IRestoreService service, CancellationToken ct) =>
                (await service.CreateRestoreAsync(http.User.Name(), command, ct)).Answer(http, view => Results.Created($"/api/v1/migrations/{view.Id}", view)))
            .Describe("Begin a restore",
                "For an account whose server is gone. Reads the identity in its directory and stores a draft; the old server is not asked. "
                + "An unfinished restore of the same account is returned instead of a second one.")
            .Produces<MigrationView>(StatusCodes.Status201Created).Faults(409, 422, 429, 503).RequireRateLimiting(RateLimits.Attempts);
        all.MapPost("/vault-contents", async (HttpContext http, LookIntoVault command, [FromServices] IRestoreService service, CancellationToken ct) =>
                (await service.LookIntoVaultAsync(http.User.Name(), command, ct)).Answer(http, Results.Ok))
            .Describe("Look into a vault",
                "Lists the accounts and snapshots in a vault, also one that this Migrator never saw: only the vault and the key of its backups are needed. Nothing is kept.")
            .Produces<VaultContents>().Faults(422, 429, 503).RequireRateLimiting(RateLimits.Attempts);
        all.MapPost("/key-name", (HttpContext http, GiveRotationKey command, [FromServices] IRestoreService service) => service.NameKey(command).Answer(http, Results.Ok))
            .Describe("Name a rotation key", "The did:key and curve of a private key, so that you can see that it is the right one. Nothing is kept.")
            .Produces<RotationKeyName>().Faults(422, 429).RequireRateLimiting(RateLimits.Attempts);

        var restore = one.MapGroup("/restore").WithTags("Restores");
        restore.MapSources();
        restore.MapDecisions();
    }

    private static void MapSources(this IEndpointRouteBuilder restore)
    {
        restore.MapPost("/files", async (HttpContext http, string id, AddFiles command, [FromServices] IRestoreService service, CancellationToken ct) =>
                (await service.AddFilesAsync(http.User.Name(), id, command, ct)).Answer(http, Results.Ok))
            .Describe("Restore from files", "A CAR file, an archive (zip, tar, tar.gz) or a folder on the machine that runs Migrator. What is in it is seen from the bytes.").Step();
        restore.MapPost("/uploads", async (HttpContext http, string id, [FromQuery] string? name, [FromServices] IRestoreService service, CancellationToken ct) =>
            {
                http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = null;
                return (await service.UploadAsync(http.User.Name(), id, name, http.Request.Body, ct)).Answer(http, Results.Ok);
            })
            .Accepts<byte[]>("application/octet-stream")
            .Describe("Upload what to restore from", "The body is a CAR file or an archive. It is erased when the restore ends.").Step();
        restore.MapPost("/snapshots", async (HttpContext http, string id, AddSnapshot command, [FromServices] IRestoreService service, CancellationToken ct) =>
                (await service.AddSnapshotAsync(http.User.Name(), id, command, ct)).Answer(http, Results.Ok))
            .Describe("Restore from a snapshot",
                "By name, or the newest one up to `asOf`. The records then come from it even where another source has newer ones. The key is kept sealed until the end.").Step();
        restore.MapPost("/old-server", async (
                    HttpContext http, string id, [FromBody(EmptyBodyBehavior = EmptyBodyBehavior.Allow)] AddOldServer? command,
                    [FromServices] IRestoreService service, CancellationToken ct) =>
                (await service.AddOldServerAsync(http.User.Name(), id, command ?? new AddOldServer(), ct)).Answer(http, Results.Ok))
            .Describe("Ask the old server too",
                "For what nothing else has, if it still answers. Without this call it is never contacted. With a password it is asked as the "
                + "account's owner, which it needs to give out an account that is switched off; the password is used once and not kept.").Step();
        restore.MapDelete("/sources/{source}", async (HttpContext http, string id, string source, [FromServices] IRestoreService service, CancellationToken ct) =>
                (await service.RemoveSourceAsync(http.User.Name(), id, source, ct)).Answer(http, Results.Ok))
            .Describe("Take a source out", "Possible before the start, and while files are missing.").Step();
        restore.MapPut("/records-from", async (HttpContext http, string id, ChooseRecords command, [FromServices] IRestoreService service, CancellationToken ct) =>
                (await service.ChooseRecordsAsync(http.User.Name(), id, command, ct)).Answer(http, Results.Ok))
            .Describe("Choose whose records", "The records come from this source, the others fill in what it lacks. Without a source: whichever has the newest.").Step();
    }

    private static void MapDecisions(this IEndpointRouteBuilder restore)
    {
        restore.MapPut("/rotation-key", async (HttpContext http, string id, GiveRotationKey command, [FromServices] IRestoreService service, CancellationToken ct) =>
                (await service.GiveRotationKeyAsync(http.User.Name(), id, command, ct)).Answer(http, Results.Ok))
            .Describe("Give the rotation key",
                "With `privateKey` Migrator signs; it is kept sealed and erased when the identity names the new server. With `didKey` alone each operation is signed elsewhere.").Step();
        restore.MapPut("/keys", async (HttpContext http, string id, ChooseKeys command, [FromServices] IRestoreService service, CancellationToken ct) =>
                (await service.ChooseKeysAsync(http.User.Name(), id, command, ct)).Answer(http, Results.Ok))
            .Describe("Choose which keys leave the identity", "A hostile server's keys leave with the first operation instead of the last.").Step();
        restore.MapPost("/log", async (HttpContext http, string id, DecideLog command, [FromServices] IRestoreService service, CancellationToken ct) =>
                (await service.DecideLogAsync(http.User.Name(), id, command, ct)).Answer(http, Results.Ok))
            .Describe("Say what counts in the log", "Lifts the hold `identityLog`: with `forkFrom` everything after that operation is overruled, without it all counts.").Step();
        restore.MapPost("/go", async (HttpContext http, string id, GiveRestoreGo command, [FromServices] IRestoreService service, CancellationToken ct) =>
                (await service.GoRestoreAsync(http.User.Name(), id, command, ct)).Answer(http, Accepted))
            .Describe("Restore the account now", "From here the identity is changed. `typedHandle` repeats the account's handle or DID.").Wish();
        restore.MapPost("/operation", async (HttpContext http, string id, GiveOperation command, [FromServices] IRestoreService service, CancellationToken ct) =>
                (await service.GiveOperationAsync(http.User.Name(), id, command, ct)).Answer(http, Accepted))
            .Describe("Hand in a signed operation", "The one that `restore.toSign` shows, signed with your own tool. It is checked field by field before it is sent.").Wish();
        restore.MapPost("/release", async (HttpContext http, string id, GiveRestoreGo command, [FromServices] IRestoreService service, CancellationToken ct) =>
                (await service.ReleaseAsync(http.User.Name(), id, command, ct)).Answer(http, Accepted))
            .Describe("Give the identity back", "While the identity is claimed and does not name the new server: it says again what it said before.").Wish();
    }

    private static IResult Accepted(MigrationView view) => Results.Accepted($"/api/v1/migrations/{view.Id}", view);

    private static void Step(this RouteHandlerBuilder route) =>
        route.Produces<MigrationView>().Faults(404, 409, 422, 429, 503).RequireRateLimiting(RateLimits.Attempts);

    private static void Wish(this RouteHandlerBuilder route) => route.Produces<MigrationView>(StatusCodes.Status202Accepted)
        .Faults(404, 409, 422, 429, 503).RequireRateLimiting(RateLimits.Attempts);
}
