using Migrator.Jobs.Migrations;
using Migrator.Web.Security;

namespace Migrator.Web.Api;

/// <summary>The questions of a draft. Answers may be given in any order and again, until the migration is started.</summary>
internal static class AnswerEndpoints
{
    public static void MapAnswers(this IEndpointRouteBuilder one)
    {
        one.MapPut("/target", async (HttpContext http, string id, ChooseTarget command, IMigrationService service, CancellationToken ct) =>
                (await service.ChooseTargetAsync(http.User.Name(), id, command, ct)).Answer(http, Results.Ok))
            .Describe("Choose the new server", "The server is asked to describe itself; its answer is in `target`.").Answers();

        one.MapPut("/source-session",
            async (HttpContext http, string id, SignIn command, IMigrationService service, CancellationToken ct) =>
                (await service.SignInSourceAsync(http.User.Name(), id, command, ct)).Answer(http, Results.Ok))
            .Describe("Sign in to the old server",
                "With the account's main password; app passwords are refused. The password is used once and not kept. "
                + "Also lifts the hold `sourceSignIn` of a running migration.").Answers();

        one.MapPut("/target-session",
            async (HttpContext http, string id, SignIn command, IMigrationService service, CancellationToken ct) =>
                (await service.SignInTargetAsync(http.User.Name(), id, command, ct)).Answer(http, Results.Ok))
            .Describe("Sign in to the new server", "Lifts the hold `targetSignIn`.").Answers();

        one.MapPut("/account",
            async (HttpContext http, string id, ChooseAccount command, IMigrationService service, CancellationToken ct) =>
                (await service.ChooseAccountAsync(http.User.Name(), id, command, ct)).Answer(http, Results.Ok))
            .Describe("Choose handle, e-mail and password on the new server",
                "Password and invite code are kept sealed until the account exists. Also lifts the hold `targetAccount`.").Answers();

        one.MapPut("/recovery-key",
            async (HttpContext http, string id, BringRecoveryKey command, IMigrationService service, CancellationToken ct) =>
                (await service.BringRecoveryKeyAsync(http.User.Name(), id, command, ct)).Answer(http, Results.Ok))
            .Describe("Bring a recovery key", "The public half, `did:key:z…`, of a key that you hold.").Answers();

        one.MapPost("/recovery-key/made", async (HttpContext http, string id, IMigrationService service, CancellationToken ct) =>
                (await service.MakeRecoveryKeyAsync(http.User.Name(), id, ct)).Answer(http, Results.Ok))
            .Describe("Make a recovery key", "The answer holds the private half. It is shown this once and kept nowhere.")
            .Produces<RecoveryKit>().Faults(404, 409, 429).RequireRateLimiting(RateLimits.Attempts);

        one.MapPost("/recovery-key/proof",
            async (HttpContext http, string id, ProveRecoveryKey command, IMigrationService service, CancellationToken ct) =>
                (await service.ProveRecoveryKeyAsync(http.User.Name(), id, command, ct)).Answer(http, Results.Ok))
            .Describe("Prove that the made key is safe",
                "Send the private half back; it is compared and dropped. A made key counts only from then on.")
            .Answers();
    }

    private static void Answers(this RouteHandlerBuilder route) =>
        route.Produces<MigrationView>().Faults(404, 409, 422, 429, 503).RequireRateLimiting(RateLimits.Attempts);
}
