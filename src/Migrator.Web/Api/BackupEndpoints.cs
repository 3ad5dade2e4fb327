using Migrator.Jobs.Backups;
using Migrator.Web.Security;

namespace Migrator.Web.Api;

/// <summary><c>/api/v1/backups</c>: each route is one method of <see cref="IBackupService"/>.</summary>
public static class BackupEndpoints
{
    private const int UsualLimit = 100;

    public static void MapBackups(this IEndpointRouteBuilder api)
    {
        var all = api.MapGroup("/backups").WithTags("Backups");
        all.MapGet("/", async (HttpContext http, IBackupService service, CancellationToken ct) =>
                TypedResults.Ok(await service.GetOverviewAsync(http.User.Name(), ct)))
            .Describe("Is everything backed up?", "Counts of all accounts, open alarms, and the accounts that stand worst.");
        all.MapGet("/alarms", async (HttpContext http, bool? open, int? limit, IBackupService service, CancellationToken ct) =>
                TypedResults.Ok(new AlarmList(await service.ListAlarmsAsync(http.User.Name(), open ?? false, limit ?? UsualLimit, ct))))
            .Describe("List alarms",
                "Newest first. With `open=true` only those that have not ended. `untold` says why a message about one could not be "
                    + "delivered.");
        all.MapPost("/notifications/test",
            async (HttpContext http, TestNotifications command, IBackupService service, CancellationToken ct) =>
                (await service.TestNotificationsAsync(http.User.Name(), command.Email, ct)).Answer(http, Results.Ok))
            .Describe("Send a test message", "By webhook and e-mail, whichever is set up; the answer says what came of it.")
            .Produces<NotificationTest>().Faults(422, 429).RequireRateLimiting(RateLimits.Attempts);
        all.MapVaults();
        all.MapKeys();
        all.MapPlans();
        all.MapAccounts();
        all.MapSnapshots();
        all.MapReturns();
    }
}

public sealed record AlarmList(IReadOnlyList<AlarmView> Items);

/// <param name="Email">Where to; empty: the operator's address.</param>
public sealed record TestNotifications(string? Email);
