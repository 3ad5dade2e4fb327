using Microsoft.Extensions.DependencyInjection;
using Migrator.Core.Age;
using Migrator.Core.Backups;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Drills;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Tests.Engine;
using Migrator.Testing.Backups;
using Xunit;

namespace Migrator.Jobs.Tests.Drills;

/// <summary>An engine with one account whose newest snapshot lies really in a folder, sealed to a key. Only the restoring is the test's.</summary>
internal sealed class DrillWorld : IAsyncDisposable
{
    public const string Owner = TestDatabase.Owner;
    private readonly StubAccount _account;
    private readonly (string, string)[] _settings;

    private DrillWorld(TestDatabase test, StubAccount account, (string, string)[] settings) => (Test, _account, _settings) = (test, account, settings);

    public TestDatabase Test { get; }

    public TestEngine Engine { get; private set; } = null!;

    public X25519Identity Identity { get; } = AgeIdentity.Generate();

    public string AccountId { get; private set; } = "";

    public string VaultFolder => Path.Combine(Test.Options.Data, "vault");

    public IDrillService Service => Engine.Services.GetRequiredService<IDrillService>();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<DrillWorld> StartAsync(DatabaseProvider provider, PostgresFixture postgres, params (string, string)[] settings)
    {
        var account = await StubAccount.StartAsync();
        account.Builder.PutText("app.bsky.feed.post/one", "one");
        account.Publish();
        var world = new DrillWorld(
            await TestDatabase.CreateAsync(provider, postgres), account, [("Migrator:Network:AllowPrivate:0", "localhost:*"), .. settings]);
        await world.StartEngineAsync();
        await world.BackUpAsync();
        return world;
    }

    /// <summary>Another process on the same data: what was in memory is gone.</summary>
    public async Task RestartAsync()
    {
        await Engine.DisposeAsync();
        await StartEngineAsync();
    }

    public async Task<DrillView> UntilAsync(string id, Func<DrillView, bool> wanted)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var drill = (await Service.GetAsync(Owner, id, Ct)).Value!;
            if (wanted(drill))
                return drill;
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(30), drill.ToString());
            await Task.Delay(50, Ct);
        }
    }

    public async Task<DrillStanding> StandingAsync() => (await Service.GetStandingAsync(Owner, AccountId, Ct)).Value!;

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        await Test.DisposeAsync();
        await _account.DisposeAsync();
        Identity.Dispose();
    }

    private async Task StartEngineAsync()
    {
        Engine = await TestEngine.StartAsync(Test.Options, _settings);
        await Engine.Services.GetRequiredService<StorageGate>().WaitAsync(Ct);
    }

    private async Task BackUpAsync()
    {
        var backups = Engine.Services.GetRequiredService<IBackupService>();
        var vault = (await backups.AddVaultAsync(Owner, new AddVault("Disk", "file", VaultFolder), Ct)).Value!;
        var key = (await backups.BringKeyAsync(Owner, new BringBackupKey("Mine", Identity.Recipient.ToString()), Ct)).Value!;
        var plan = await backups.CreatePlanAsync(
            Owner, new SavePlan("Mine", "accounts", [_account.Did.ToString()], null, [vault.Id], [key.Id], new ScheduleInput(24)), Ct);
        Assert.True(plan.IsOk, string.Join(' ', plan.Problems.Select(problem => problem.Message)));
        AccountId = Assert.Single(await backups.ListAccountsAsync(Owner, null, Ct)).Id;
        // The engine's own runner of backups, with the books of this run.
        var begun = await Engine.Backups.NextAsync(Ct);
        begun.End(await ActivatorUtilities.CreateInstance<BackupRunner>(Engine.Services, begun.Index).RunAsync(begun.Order, Ct));
        await Backups.TestPlan.UntilAsync(Test, "SELECT count(*) FROM backup_account WHERE state = 'Good' AND lease_until IS NULL", 1);
    }
}
