using Migrator.Jobs.Migrations;
using Migrator.Jobs.Returns;
using Migrator.Jobs.Snapshots;
using Migrator.Web.Features.Returns;
using Migrator.Web.Security;

namespace Migrator.Web.Api;

/// <summary>Out of a snapshot: back into a living account, or as plain files.</summary>
internal static class ReturnEndpoints
{
    public static void MapReturns(this IEndpointRouteBuilder backups)
    {
        var snapshot = backups.MapGroup("/snapshots/{id}");
        snapshot.MapPost("/bring-back",
            async (HttpContext http, string id, BringBackCall call, IReturnService service, CancellationToken ct) =>
                call is { Preview: false, Password: null or "" }
                    ? ServiceResult<ReturnView>.Invalid(
                        nameof(call.Password), "To write, give the account’s password, better an app password; or ask for a preview.")
                        .Answer(http, Accepted)
                    : (await service.BeginAsync(
                        http.User.Name(), id, new SnapshotKey(null, call.PrivateKey),
                        new BeginReturn(call.Paths, call.All, call.LostFiles, call.Preview ? null : call.Password, call.Code), ct))
                        .Answer(http, Accepted))
            .Describe("Bring deleted records and lost files back",
                "Writes what is gone into the living account, under its old names; nothing that is there is changed. With `preview` "
                + "nothing is written. "
                + "Long work: the answer's `Location` tells how far it is. It may be called again after any stop: what is back is not "
                    + "written twice.")
            .Produces<ReturnView>(StatusCodes.Status202Accepted).Faults(404, 409, 422, 429, 503).RequireRateLimiting(RateLimits.Attempts);
        snapshot.MapPost("/take-out",
            async (HttpContext http, string id, TakeOutCall call, ISnapshotLender lender, ILoggerFactory logs, CancellationToken ct) =>
                (await lender.LendAsync(http.User.Name(), new SnapshotKey(null, call.PrivateKey), id, ct))
                    .Answer(http, lent => TakeOut.Answer(lent, logs)))
            .Describe("Take everything out",
                "One tar archive: each record as JSON, each file, the repo as a CAR, settings and identity. Not sealed any more. "
                + "Without the end of an archive it was broken off.")
            .Produces<Stream>(StatusCodes.Status200OK, TakeOut.MediaType).Faults(404, 422, 429, 503)
                .RequireRateLimiting(RateLimits.Attempts);

        var all = backups.MapGroup("/returns");
        all.MapGet("/", async (HttpContext http, IReturnService service, CancellationToken ct) =>
                TypedResults.Ok(new ReturnList(await service.ListAsync(http.User.Name(), ct))))
            .Describe("List what was and is being brought back",
                "Newest first; kept for 30 days. One that a restart of Migrator ended is `cutOff`.");
        var one = all.MapGroup("/{id}");
        one.MapGet("/", async (HttpContext http, string id, IReturnService service, CancellationToken ct) =>
                await service.FindAsync(http.User.Name(), id, ct) is { } view ? Results.Ok(view) : Missing(http))
            .Describe("Read how far it is",
                "`preview` when the look is over, `outcome` as it is written; `waitsUntil` when the server asked for a pause. "
                + "`cutOff` where Migrator itself was ended in the middle: begin again, what is back is not written twice.")
            .Produces<ReturnView>().Faults(404);
        one.MapPost("/write", async (HttpContext http, string id, SignIn command, IReturnService service, CancellationToken ct) =>
                (await service.WriteAsync(http.User.Name(), id, command, ct)).Answer(http, Accepted))
            .Describe("Write what the preview found",
                "Possible while `state` is `ready`, for an hour. The password is used once and not kept; an app password is enough.")
            .Produces<ReturnView>(StatusCodes.Status202Accepted).Faults(404, 409, 422, 429, 503).RequireRateLimiting(RateLimits.Attempts);
        one.MapDelete("/", async (HttpContext http, string id, IReturnService service) =>
                await service.StopAsync(http.User.Name(), id) ? Results.NoContent() : Missing(http))
            .Describe("Stop or forget it", "What was written stays; what is over is forgotten.").Produces(StatusCodes.Status204NoContent)
                .Faults(404);
    }

    private static IResult Accepted(ReturnView view) => Results.Accepted($"/api/v1/backups/returns/{view.Id}", view);

    private static IResult Missing(HttpContext http) => ApiResults.Problem(
        http, StatusCodes.Status404NotFound, "not-found", "There is no such bringing back. Results are kept for 30 days.");
}

/// <param name="PrivateKey">What the snapshot is sealed to: <c>AGE-SECRET-KEY-1…</c>. Held in memory until the end.</param>
/// <param name="Paths">Kinds of records (<c>app.bsky.feed.post</c>) and single records (<c>app.bsky.feed.post/3kabc…</c>).</param>
/// <param name="All">Instead: every record that is gone.</param>
/// <param name="LostFiles">Also files that records refer to and that the server does not give out.</param>
/// <param name="Preview">Only say what would be written.</param>
/// <param name="Password">Not for a preview. Used once and not kept.</param>
/// <param name="Code">The code that the server mailed, if it asks for one.</param>
public sealed record BringBackCall(
    string? PrivateKey, IReadOnlyList<string>? Paths = null, bool All = false, bool LostFiles = false, bool Preview = false,
    string? Password = null,
    string? Code = null)
{
    public override string ToString() => nameof(BringBackCall);
}

/// <param name="PrivateKey">What the snapshot is sealed to: <c>AGE-SECRET-KEY-1…</c>. Held in memory until the end.</param>
public sealed record TakeOutCall(string? PrivateKey)
{
    public override string ToString() => nameof(TakeOutCall);
}

public sealed record ReturnList(IReadOnlyList<ReturnView> Items);
