using Migrator.Jobs.Drills;
using Migrator.Web.Security;

namespace Migrator.Web.Api;

/// <summary><c>/api/v1/drills</c>: each route is one method of <see cref="IDrillService"/>.</summary>
internal static class DrillEndpoints
{
    private const int UsualLimit = 100;

    public static void MapDrills(this IEndpointRouteBuilder api)
    {
        var all = api.MapGroup("/drills").WithTags("Drills");
        all.MapPost("/", (HttpContext http, StartDrill command, IDrillService service, SessionCookie cookie, CancellationToken ct) => Once.CreateAsync(
                http, command, owner => service.StartAsync(owner, cookie.Read(http.Request), command, ct), (owner, id) => service.GetAsync(owner, id, ct),
                view => view.Id, view => Results.Accepted($"/api/v1/drills/{view.Id}", view)))
            .Describe("Restore a snapshot for practice",
                "The newest snapshot of `account` (an id of `/api/v1/backups/accounts`) is restored into servers of its own that are thrown away, and compared. "
                + "`privateKey` stays in memory until the drill is over; without it the key that is kept for drills is used. Look at `Location` until `endedAt` is there.")
            .Produces<DrillView>(StatusCodes.Status202Accepted).Faults(404, 409, 422, 429, 503).RequireRateLimiting(RateLimits.Attempts);
        all.MapGet("/", async (HttpContext http, string? account, DateTimeOffset? before, int? limit, IDrillService service, CancellationToken ct) =>
                TypedResults.Ok(new DrillList(await service.ListAsync(http.User.Name(), account, before, limit ?? UsualLimit, ct))))
            .Describe("List drills", "Newest first, without their reports. `account`, `before` and `limit` (1 to 500) narrow it down.");
        all.MapGet("/{id}", async (HttpContext http, string id, IDrillService service, CancellationToken ct) =>
                (await service.GetAsync(http.User.Name(), id, ct)).Answer(http, Results.Ok))
            .Describe("Read a drill", "With its report when it is over: what was proven, how deep, and everything that is wrong.").Produces<DrillView>().Faults(404);
        all.MapGet("/sandbox", async (IDrillService service, CancellationToken ct) => TypedResults.Ok(await service.FindSandboxAsync(ct)))
            .Describe("Can drills use servers here?", "Without a sandbox a drill opens and proves everything in the snapshot, but restores it into no server.");
        all.MapAccounts();
    }

    private static void MapAccounts(this RouteGroupBuilder all)
    {
        var accounts = all.MapGroup("/accounts");
        accounts.MapGet("/", async (HttpContext http, IDrillService service, CancellationToken ct) =>
                TypedResults.Ok(new DrillStandingList(await service.ListStandingsAsync(http.User.Name(), ct))))
            .Describe("How every account stands", "The last proven restore, the newest drill, the next one, and whether the key is kept here.");
        var one = accounts.MapGroup("/{account}");
        one.MapGet("/", async (HttpContext http, string account, IDrillService service, CancellationToken ct) =>
                (await service.GetStandingAsync(http.User.Name(), account, ct)).Answer(http, Results.Ok))
            .Describe("How an account stands", "`isDue`: a drill is wanted by now, and only somebody with the key can begin it.").Produces<DrillStanding>().Faults(404);
        one.MapPut("/schedule", async (HttpContext http, string account, SetDrillSchedule command, IDrillService service, CancellationToken ct) =>
                (await service.ScheduleAsync(http.User.Name(), account, command, ct)).Answer(http, Results.Ok))
            .Describe("Choose how often", "`every` is `off`, `weekly` or `monthly`. Drills begin by themselves only while the key is kept here.").Produces<DrillStanding>().Faults(404, 422);
        one.MapPut("/escrow", async (HttpContext http, string account, EscrowKey command, IDrillService service, CancellationToken ct) =>
                (await service.EscrowAsync(http.User.Name(), account, command, ct)).Answer(http, Results.Ok))
            .Describe("Keep the key for drills",
                "`privateKey` is kept sealed, so that drills run by themselves. Whoever takes over this machine can then read what is sealed to it. It must open the newest snapshot.")
            .Produces<DrillStanding>().Faults(404, 409, 422, 429, 503).RequireRateLimiting(RateLimits.Attempts);
        one.MapDelete("/escrow", async (HttpContext http, string account, IDrillService service, CancellationToken ct) =>
                (await service.EraseEscrowAsync(http.User.Name(), account, ct)).Answer(http, Results.Ok))
            .Describe("Erase the key", "Drills begin by themselves no more.").Produces<DrillStanding>().Faults(404);
    }
}

public sealed record DrillList(IReadOnlyList<DrillView> Items);

public sealed record DrillStandingList(IReadOnlyList<DrillStanding> Items);
