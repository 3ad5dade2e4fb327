using Migrator.Jobs.Migrations;
using Migrator.Web.Security;

namespace Migrator.Web.Api;

/// <summary>What the person wants to happen. Each is long work: 202, with the address where its progress can be read.</summary>
internal static class WishEndpoints
{
    public static void MapWishes(this IEndpointRouteBuilder one)
    {
        one.MapPost("/start", async (HttpContext http, string id, IMigrationService service, CancellationToken ct) =>
                (await service.StartAsync(http.User.Name(), id, ct)).Answer(http, Accepted))
            .Describe("Start copying", "All questions must be answered. The old account stays as it is until the go.").Wish();

        one.MapPost("/missing-blobs",
            async (HttpContext http, string id, AcceptMissingBlobs command, IMigrationService service, CancellationToken ct) =>
                (await service.AcceptMissingAsync(http.User.Name(), id, command, ct)).Answer(http, Accepted))
            .Describe("Go on without named blobs",
                "The CIDs must be those that `blobProblems` names: consent is for these and no others.").Wish();

        one.MapPost("/go", async (HttpContext http, string id, GiveGo command, IMigrationService service, CancellationToken ct) =>
                (await service.GoAsync(http.User.Name(), id, command, ct)).Answer(http, Accepted))
            .Describe("Move the account now",
                "The point of no return lies behind this. `typedHandle` repeats the account's handle (or DID); `signWith` is `code` "
                + "(the old server mails a code) or `key` (with `rotationKey`, the private half of a key that stands in the identity "
                + "now).").Wish();

        one.MapPost("/code", async (HttpContext http, string id, GiveCode command, IMigrationService service, CancellationToken ct) =>
                (await service.GiveCodeAsync(http.User.Name(), id, command, ct)).Answer(http, Accepted))
            .Describe("Hand in the mailed code", "Lifts the hold `plcCode`.").Wish();

        one.MapPost("/code/again", async (HttpContext http, string id, IMigrationService service, CancellationToken ct) =>
                (await service.AskCodeAgainAsync(http.User.Name(), id, ct)).Answer(http, Accepted))
            .Describe("Ask for a fresh code", "The code mailed before is worthless from then on.").Wish();

        one.MapPost("/pause", async (HttpContext http, string id, IMigrationService service, CancellationToken ct) =>
                (await service.PauseAsync(http.User.Name(), id, ct)).Answer(http, Accepted))
            .Describe("Pause", "The call under way is finished first.").Wish();

        one.MapPost("/resume", async (HttpContext http, string id, IMigrationService service, CancellationToken ct) =>
                (await service.ResumeAsync(http.User.Name(), id, ct)).Answer(http, Accepted))
            .Describe("Resume or try again", "Ends a pause, and lifts every hold that a new try may lift.").Wish();

        one.MapPost("/cancel", async (HttpContext http, string id, IMigrationService service, CancellationToken ct) =>
                (await service.CancelAsync(http.User.Name(), id, ct)).Answer(http, Accepted))
            .Describe("Cancel", "Possible until the identity is changed. The old account stays, or becomes again, what it was.").Wish();

        one.MapPost("/way-back",
            async (HttpContext http, string id, TakeWayBack command, IMigrationService service, CancellationToken ct) =>
                (await service.TakeWayBackAsync(http.User.Name(), id, command, ct)).Answer(http, Accepted))
            .Describe("Take the way back",
                "Points the identity at the old server again, signed with the recovery key, and activates the old account.")
            .Wish();
    }

    private static IResult Accepted(MigrationView view) => Results.Accepted($"/api/v1/migrations/{view.Id}", view);

    private static void Wish(this RouteHandlerBuilder route) => route.Produces<MigrationView>(StatusCodes.Status202Accepted)
        .Faults(404, 409, 422, 429, 503).RequireRateLimiting(RateLimits.Attempts);
}
