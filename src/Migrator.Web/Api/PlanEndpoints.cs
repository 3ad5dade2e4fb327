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
                view => view.Id, view => Results.Created(AddressOf(view), view)))
            .Describe("Make a plan",
                "`covers` is `accounts` or `server` (every account of a PDS: new ones join by themselves). The first backups run at "
                + "once. An account is in one plan: named here it leaves that of its whole server, and with `takeOver` any other.")
            .Produces<PlanView>(StatusCodes.Status201Created).Faults(422, 429, 503).RequireRateLimiting(RateLimits.Attempts);
        all.MapPost("/schedule", async (HttpContext http, ScheduleInput command, IBackupService service, CancellationToken ct) =>
                (await service.PreviewScheduleAsync(command, ct)).Answer(http, Results.Ok))
            .Describe("Try a schedule", "Its next five times. Nothing is stored.").Produces<SchedulePreview>().Faults(422);

        var one = all.MapGroup("/{id}");
        one.GetOne<PlanView>("/", service => service.GetPlanAsync).Describe("Read a plan", "With counts of its accounts.").Faults(404);
        one.PutOne<SavePlan, PlanView>("/", service => service.ChangePlanAsync)
            .Describe("Change a plan", "All of it. Accounts that are no longer in it keep their snapshots.")
            .Faults(404, 422, 429, 503).RequireRateLimiting(RateLimits.Attempts);
        one.DeleteOne<PlanView>("/", service => service.RemovePlanAsync)
            .Describe("End a plan", "Snapshots stay, and can be opened and restored.").Faults(404);
        one.PostOne<PlanView>("/pause", service => service.PausePlanAsync)
            .Describe("Pause a plan", "What runs is finished. No alarm for lateness rises meanwhile.").Faults(404);
        one.PostOne<PlanView>("/resume", service => service.ResumePlanAsync)
            .Describe("Resume a plan", "Runs that were missed are made up for once.").Faults(404);
        one.NudgeOne<PlanView>("/run", service => service.RunPlanAsync, AddressOf)
            .Describe("Back up all its accounts now", "A few of each server at a time.");
    }

    public static void MapAccounts(this IEndpointRouteBuilder backups)
    {
        var all = backups.MapGroup("/accounts");
        all.MapGet("/", async (HttpContext http, string? plan, IBackupService service, CancellationToken ct) =>
                TypedResults.Ok(new BackupAccountList(await service.ListAccountsAsync(http.User.Name(), plan, ct))))
            .Describe("List accounts", "Every account that is or was in a plan; with `plan` only those of that plan.");

        var one = all.MapGroup("/{id}");
        one.GetOne<BackupAccountView>("/", service => service.GetAccountAsync)
            .Describe("Read an account", "How it stands, its newest runs, days and growth.").Faults(404);
        one.MapGet("/snapshots",
            async (HttpContext http, string id, DateTimeOffset? before, int? limit, IBackupService service, CancellationToken ct) =>
                TypedResults.Ok(new SnapshotList(await service.ListSnapshotsAsync(http.User.Name(), id, before, limit ?? UsualLimit, ct))))
            .Describe("List snapshots",
                "Of one account in all its vaults, newest first. `before` and `limit` (1 to 500) page through them.");
        one.MapGet("/runs", async (HttpContext http, string id, int? limit, IBackupService service, CancellationToken ct) =>
                TypedResults.Ok(new BackupRunList(await service.ListRunsAsync(http.User.Name(), id, limit ?? UsualLimit, ct))))
            .Describe("List runs", "Newest first.");
        one.GetOne<RetentionPreview>("/retention", service => (owner, id, ct) => service.PreviewRetentionAsync(owner, id, null, ct))
            .Describe("What would be deleted", "By the rules of its plan, now. Nothing is changed.").Faults(404, 409);
        one.PostOne<RetentionInput, RetentionPreview>("/retention", service => service.PreviewRetentionAsync)
            .Describe("What other rules would delete", "Nothing is changed or stored.").Faults(404, 422);
        one.PutOne<SignInForBackup, BackupAccountView>("/session", service => service.SignInAsync)
            .Describe("Sign in for the preferences",
                "With an app password; the main password is refused, unless `allowMainPassword` is true. It is used once and not kept; "
                    + "the tokens are sealed.")
            .Faults(404, 422, 429, 503).RequireRateLimiting(RateLimits.Attempts);
        one.DeleteOne<BackupAccountView>("/session", service => service.SignOutAsync)
            .Describe("Erase the sign-in", "Later snapshots are without preferences.").Faults(404);
        one.NudgeOne<BackupAccountView>("/run", service => service.RunAccountAsync, AddressOf)
            .Describe("Back up now", "Long work: look at the account again for what came of it.");
        one.NudgeOne<BackupAccountView>("/verify", service => service.VerifyAccountAsync, AddressOf)
            .Describe("Read all stored bytes again", "From the beginning, in turns. `verification` shows how far it has come.");
        one.PostOne<BackupAccountView>("/accept-shrink", service => service.AcceptShrinkAsync)
            .Describe("It is right that it shrank", "Retention, which stood still, goes on.").Faults(404);
    }

    private static string AddressOf(PlanView view) => $"/api/v1/backups/plans/{view.Id}";

    private static string AddressOf(BackupAccountView view) => $"/api/v1/backups/accounts/{view.Account.Id}";
}

public sealed record PlanList(IReadOnlyList<PlanView> Items);

public sealed record BackupAccountList(IReadOnlyList<BackupAccountItem> Items);

public sealed record SnapshotList(IReadOnlyList<SnapshotView> Items);

public sealed record BackupRunList(IReadOnlyList<BackupRunView> Items);
