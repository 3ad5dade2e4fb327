using Microsoft.Extensions.DependencyInjection;
using Migrator.Core.Age;
using Migrator.Core.Backups;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Backups;
using Migrator.Jobs.Tests.Engine;
using Migrator.Testing.Backups;
using Migrator.Testing.Faults;
using Xunit;

namespace Migrator.Jobs.Tests.Backups;

/// <summary>An account is in one plan: which one, when two would have it.</summary>
public sealed class OneAccountTwoPlansTests(PostgresFixture postgres)
{
    private const string Owner = TestDatabase.Owner;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_plan_that_names_an_account_has_it_before_the_plan_of_its_whole_server_which_takes_it_back(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await using var account = await StubAccount.StartAsync();
        account.Server.On("com.atproto.server.describeServer", Reply.Json("""{"did":"did:web:localhost","availableUserDomains":[]}"""));
        var repos = $$"""{"repos":[{{Repo(account.Did.ToString())}},{{Repo(TestPlan.DidOf(2))}}]}""";
        account.Server.On("com.atproto.sync.listRepos", Reply.Json(repos));
        await using var engine = await StartAsync(test);
        var service = engine.Services.GetRequiredService<IBackupService>();
        var parts = await PartsAsync(service, test);
        var whole = (await service.CreatePlanAsync(Owner,
            parts with { Name = "Server", Covers = "server", Server = account.Url.ToString() }, Ct)).Value!;
        Assert.Equal(2, whole.Accounts.Total);

        var own = await service.CreatePlanAsync(Owner, parts with { Name = "Own", Accounts = [account.Did.ToString()] }, Ct);
        Assert.True(own.IsOk, string.Join(' ', own.Problems));
        Assert.Equal(("Own", 1), (await PlanOfAsync(), own.Value!.Accounts.Total));
        var members = engine.Services.GetRequiredService<ServerMembers>();
        var stored = (await engine.Services.GetRequiredService<BackupPlanStore>().FindAsync(Owner, whole.Id, Ct))!;
        Assert.Null(await members.ReadAsync(stored, Ct));
        Assert.Equal(("Own", 1), (await PlanOfAsync(), (await service.GetPlanAsync(Owner, whole.Id, Ct)).Value!.Accounts.Total));

        await service.RemovePlanAsync(Owner, own.Value.Id, Ct);
        await TestPlan.UntilAsync(test, $"SELECT count(*) FROM backup_account WHERE plan_id = '{whole.Id}'", 2);

        async Task<string?> PlanOfAsync() =>
            (await service.ListAccountsAsync(Owner, null, Ct)).Single(item => item.Did == account.Did.ToString()).PlanName;
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_second_plan_that_names_an_account_says_which_has_it_and_takes_it_over_when_told_to(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await using var account = await StubAccount.StartAsync();
        await using var engine = await StartAsync(test);
        var service = engine.Services.GetRequiredService<IBackupService>();
        var parts = (await PartsAsync(service, test)) with { Accounts = [account.Did.ToString()] };
        var first = (await service.CreatePlanAsync(Owner, parts with { Name = "First" }, Ct)).Value!;
        await TestPlan.UntilAsync(test, "SELECT count(*) FROM backup_account WHERE state = 'Good' AND lease_until IS NULL", 1);

        var refused = await service.CreatePlanAsync(Owner, parts with { Name = "Second" }, Ct);
        Assert.Equal((ServiceOutcome.Invalid, "TakeOver"), (refused.Outcome, refused.Problems.Single().Field));
        Assert.Contains("is in the plan \"First\" already", refused.Problems[0].Message, StringComparison.Ordinal);
        Assert.Single(await service.ListPlansAsync(Owner, Ct));

        var second = (await service.CreatePlanAsync(Owner, parts with { Name = "Second", TakeOver = true }, Ct)).Value!;
        Assert.Equal((1, 0), (second.Accounts.Total, (await service.GetPlanAsync(Owner, first.Id, Ct)).Value!.Accounts.Total));
        // The first backup of the new plan comes at once: it may have other vaults and keys.
        await TestPlan.UntilAsync(test, "SELECT count(*) FROM backup_run WHERE why = 'first' AND outcome = 'Unchanged'", 2);
    }

    private static async Task<SavePlan> PartsAsync(IBackupService service, TestDatabase test)
    {
        var vault = (await service.AddVaultAsync(Owner, new AddVault("Disk", "file", Path.Combine(test.Options.Data, "vault")), Ct)).Value!;
        using var identity = AgeIdentity.Generate();
        var key = (await service.BringKeyAsync(Owner, new BringBackupKey("Mine", identity.Recipient.ToString()), Ct)).Value!;
        return new SavePlan("", "accounts", null, null, [vault.Id], [key.Id], new ScheduleInput(24, JitterMinutes: 0));
    }

    private static async Task<TestEngine> StartAsync(TestDatabase test)
    {
        var engine = await TestEngine.StartAsync(
            test.Options, ("Migrator:Network:AllowPrivate:0", "localhost:*"), ("Migrator:Network:AllowPrivate:1", "127.0.0.1:*"));
        engine.Backups.Behave = (_, _) => Task.FromResult<BackupOutcome>(new BackupOutcome.Unchanged([]));
        await engine.Services.GetRequiredService<StorageGate>().WaitAsync(Ct);
        return engine;
    }

    private static string Repo(string did) =>
        $$"""{"did":"{{did}}","head":"bafyreie5cvv4h45feadgeuwhbcutmh6t2ceseocckahdoe6uat64zmz454","rev":"3lbazzz2k222s","active":true}""";
}
