using Migrator.Jobs.Backups;
using Migrator.Web.Security;

namespace Migrator.Web.Api;

/// <summary>Plans, and the accounts in them.</summary>
internal static class PlanEndpoints
{
    private const int UsualLimit = 100;

    public static void MapPlans(this IEndpointRouteBuilder backups)
    {
        var all = backups.MapGroup("/plans");
        all.MapGet("/", async (HttpContext http, IBackupService service, CancellationToken ct) =>
                TypedResults.Ok(new PlanList(await service.ListPlansAsync(http.User.Name(), ct))))
            .Describe("List plans", "Oldest first.");
        all.MapPost("/", (HttpContext http, SavePlan command, IBackupService service, CancellationToken ct) => Once.CreateAsync(
                http, command, owner => service.CreatePlanAsync(owner, command, ct), (owner, id) => service.GetPlanAsync(owner, id, ct),
                view => view.Id, view => Results.Created($"/api/v1/backups/plans/{view.Id}", view)))
            .Describe("Make a plan", "`covers` is `accounts` or `server` (every account of a PDS: new ones join by themselves). The first backups run at once.")
            .Produces<PlanView>(StatusCodes.Status201Created).Faults(422, 429, 503).RequireRateLimiting(RateLimits.Attempts);
        all.MapPost("/schedule", async (HttpContext http, ScheduleInput command, IBackupService service, CancellationToken ct) =>
                (await service.PreviewScheduleAsync(command, ct)).Answer(http, Results.Ok))
            .Describe("Try a schedule", "Its next five times. Nothing is stored.").Produces<SchedulePreview>().Faults(422);

        var one = all.MapGroup("/{id}");
        one.MapGet("/", async (HttpContext http, string id, IBackupService service, CancellationToken ct) =>
                (await service.GetPlanAsync(http.User.Name(), id, ct)).Answer(http, Results.Ok))
            .Describe("Read a plan", "With counts of its accounts.").Produces<PlanView>().Faults(404);
        one.MapPut("/", async (HttpContext http, string id, SavePlan command, IBackupService service, CancellationToken ct) =>
                (await service.ChangePlanAsync(http.User.Name(), id, command, ct)).Answer(http, Results.Ok))
            .Describe("Change a plan", "All of it. Accounts that are no longer in it keep their snapshots.")
            .Produces<PlanView>().Faults(404, 422, 429, 503).RequireRateLimiting(RateLimits.Attempts);
        one.MapDelete("/", async (HttpContext http, string id, IBackupService service, CancellationToken ct) =>
                (await service.RemovePlanAsync(http.User.Name(), id, ct)).Answer(http, Results.Ok))
            .Describe("End a plan", "Snapshots stay, and can be opened and restored.").Produces<PlanView>().Faults(404);
        one.MapPost("/pause", async (HttpContext http, string id, IBackupService service, CancellationToken ct) =>
                (await service.PausePlanAsync(http.User.Name(), id, ct)).Answer(http, Results.Ok))
            .Describe("Pause a plan", "What runs is finished. No alarm for lateness rises meanwhile.").Produces<PlanView>().Faults(404);
        one.MapPost("/resume", async (HttpContext http, string id, IBackupService service, CancellationToken ct) =>
                (await service.ResumePlanAsync(http.User.Name(), id, ct)).Answer(http, Results.Ok))
            .Describe("Resume a plan", "Runs that were missed are made up for once.").Produces<PlanView>().Faults(404);
        one.MapPost("/run", async (HttpContext http, string id, IBackupService service, CancellationToken ct) =>
                (await service.RunPlanAsync(http.User.Name(), id, ct)).Answer(http, view => Results.Accepted($"/api/v1/backups/plans/{view.Id}", view)))
            .Describe("Back up all its accounts now", "A few of each server at a time.")
            .Produces<PlanView>(StatusCodes.Status202Accepted).Faults(404, 409, 429).RequireRateLimiting(RateLimits.Attempts);
    }

    public static void MapAccounts(this IEndpointRouteBuilder backups)
    {
        var all = backups.MapGroup("/accounts");
        all.MapGet("/", async (HttpContext http, string? plan, IBackupService service, CancellationToken ct) =>
                TypedResults.Ok(new BackupAccountList(await service.ListAccountsAsync(http.User.Name(), plan, ct))))
            .Describe("List accounts", "Every account that is or was in a plan; with `plan` only those of that plan.");

        var one = all.MapGroup("/{id}");
        one.MapGet("/", async (HttpContext http, string id, IBackupService service, CancellationToken ct) =>
                (await service.GetAccountAsync(http.User.Name(), id, ct)).Answer(http, Results.Ok))
            .Describe("Read an account", "How it stands, its newest runs, days and growth.").Produces<BackupAccountView>().Faults(404);
        one.MapGet("/snapshots", async (HttpContext http, string id, DateTimeOffset? before, int? limit, IBackupService service, CancellationToken ct) =>
                TypedResults.Ok(new SnapshotList(await service.ListSnapshotsAsync(http.User.Name(), id, before, limit ?? UsualLimit, ct))))
            .Describe("List snapshots", "Of one account in all its vaults, newest first. `before` and `limit` (1 to 500) page through them.");
        one.MapGet("/runs", async (HttpContext http, string id, int? limit, IBackupService service, CancellationToken ct) =>
                TypedResults.Ok(new BackupRunList(await service.ListRunsAsync(http.User.Name(), id, limit ?? UsualLimit, ct))))
            .Describe("List runs", "Newest first.");
        one.MapGet("/retention", async (HttpContext http, string id, IBackupService service, CancellationToken ct) =>
                (await service.PreviewRetentionAsync(http.User.Name(), id, null, ct)).Answer(http, Results.Ok))
            .Describe("What would be deleted", "By the rules of its plan, now. Nothing is changed.").Produces<RetentionPreview>().Faults(404, 409);
        one.MapPost("/retention", async (HttpContext http, string id, RetentionInput rules, IBackupService service, CancellationToken ct) =>
                (await service.PreviewRetentionAsync(http.User.Name(), id, rules, ct)).Answer(http, Results.Ok))
            .Describe("What other rules would delete", "Nothing is changed or stored.").Produces<RetentionPreview>().Faults(404, 422);
        one.MapPut("/session", async (HttpContext http, string id, SignInForBackup command, IBackupService service, CancellationToken ct) =>
                (await service.SignInAsync(http.User.Name(), id, command, ct)).Answer(http, Results.Ok))
            .Describe("Sign in for the preferences", "An app password is enough. It is used once and not kept; the tokens are sealed.")
            .Produces<BackupAccountView>().Faults(404, 422, 429, 503).RequireRateLimiting(RateLimits.Attempts);
        one.MapDelete("/session", async (HttpContext http, string id, IBackupService service, CancellationToken ct) =>
                (await service.SignOutAsync(http.User.Name(), id, ct)).Answer(http, Results.Ok))
            .Describe("Erase the sign-in", "Later snapshots are without preferences.").Produces<BackupAccountView>().Faults(404);
        one.MapPost("/run", async (HttpContext http, string id, IBackupService service, CancellationToken ct) =>
                (await service.RunAccountAsync(http.User.Name(), id, ct)).Answer(http, Accepted))
            .Describe("Back up now", "Long work: look at the account again for what came of it.").Nudge();
        one.MapPost("/verify", async (HttpContext http, string id, IBackupService service, CancellationToken ct) =>
                (await service.VerifyAccountAsync(http.User.Name(), id, ct)).Answer(http, Accepted))
            .Describe("Read all stored bytes again", "From the beginning, in turns. `verification` shows how far it has come.").Nudge();
        one.MapPost("/accept-shrink", async (HttpContext http, string id, IBackupService service, CancellationToken ct) =>
                (await service.AcceptShrinkAsync(http.User.Name(), id, ct)).Answer(http, Results.Ok))
            .Describe("It is right that it shrank", "Retention, which stood still, goes on.").Produces<BackupAccountView>().Faults(404);
    }

    private static IResult Accepted(BackupAccountView view) => Results.Accepted($"/api/v1/backups/accounts/{view.Account.Id}", view);

    private static void Nudge(this RouteHandlerBuilder route) => route.Produces<BackupAccountView>(StatusCodes.Status202Accepted)
        .Faults(404, 409, 429).RequireRateLimiting(RateLimits.Attempts);
}

public sealed record PlanList(IReadOnlyList<PlanView> Items);

public sealed record BackupAccountList(IReadOnlyList<BackupAccountItem> Items);

public sealed record SnapshotList(IReadOnlyList<SnapshotView> Items);

public sealed record BackupRunList(IReadOnlyList<BackupRunView> Items);
