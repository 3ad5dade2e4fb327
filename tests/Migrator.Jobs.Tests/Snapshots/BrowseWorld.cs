using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Migrator.Core.Age;
using Migrator.Core.Backups;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Snapshots;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Tests.Backups;
using Migrator.Jobs.Tests.Engine;
using Migrator.Testing;
using Migrator.Testing.Backups;

namespace Migrator.Jobs.Tests.Snapshots;

/// <summary>
/// Real snapshots in a real folder, made by the engine for an account that a test can change, and a browser with a clock of its own.
/// </summary>
internal sealed class BrowseWorld : IAsyncDisposable
{
    public const string Owner = TestDatabase.Owner;

    private readonly TestDatabase _test;
    private readonly TestEngine _engine;
    private readonly SessionKeys _keys;

    private BrowseWorld(TestDatabase test, TestEngine engine, StubAccount account)
    {
        (_test, _engine, Account) = (test, engine, account);
        Service = engine.Services.GetRequiredService<IBackupService>();
        Browser = OpenBrowser(_keys = new SessionKeys(Time));
    }

    public StubAccount Account { get; }

    public IBackupService Service { get; }

    public SnapshotBrowser Browser { get; }

    public ManualTime Time { get; } = new();

    public X25519Identity Identity { get; } = AgeIdentity.Generate();

    public string PrivateKey => Identity.RevealText();

    public string VaultFolder => Path.Combine(_test.Options.Data, "vault");

    /// <summary>Folders with what was unsealed.</summary>
    public string[] Unsealed => Directory.Exists(BrowseFolder) ? Directory.GetDirectories(BrowseFolder) : [];

    private string BrowseFolder => Path.Combine(_test.Options.Data, "browse");

    public static async Task<BrowseWorld> StartAsync(PostgresFixture postgres, CancellationToken ct)
    {
        var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres);
        var engine = await TestEngine.StartAsync(
            test.Options, ("Migrator:Network:AllowPrivate:0", "localhost:*"), ("Migrator:Network:AllowPrivate:1", "127.0.0.1:*"));
        await engine.Services.GetRequiredService<StorageGate>().WaitAsync(ct);
        var account = await StubAccount.StartAsync();
        return new BrowseWorld(test, engine, account);
    }

    public SnapshotBrowser OpenBrowser(SessionKeys keys) => new(
        Service, _engine.Services.GetRequiredService<OpenVaults>(), keys, _engine.Services.GetRequiredService<IOptions<StorageOptions>>(),
        Time, NullLogger<SnapshotBrowser>.Instance);

    /// <summary>Publishes what the builder holds, and backs it up; the first time by a new plan.</summary>
    public async Task<SnapshotView> StoreAsync(CancellationToken ct)
    {
        Account.Publish();
        var accounts = await Service.ListAccountsAsync(Owner, null, ct);
        if (accounts.Count == 0)
            await AddPlanAsync(ct);
        else
            await Service.RunAccountAsync(Owner, accounts[0].Id, ct);
        var begun = await _engine.Backups.NextAsync(ct);
        await using var maker = new BackupWorld(begun.Index);
        maker.Time.Advance(Time.GetUtcNow() - maker.Time.GetUtcNow());
        var outcome = await maker.Get<IBackupRunner>().RunAsync(begun.Order, ct);
        begun.End(outcome);
        Time.Advance(TimeSpan.FromMinutes(1));
        if (outcome is not BackupOutcome.Stored { Vaults: [{ Snapshot: { } snapshot }] })
            throw new InvalidOperationException($"Nothing was stored: {outcome}");
        await TestPlan.UntilAsync(_test, "SELECT count(*) FROM backup_account WHERE state = 'Good' AND lease_until IS NULL", 1);
        var account = (await Service.ListAccountsAsync(Owner, null, ct))[0];
        return (await Service.ListSnapshotsAsync(Owner, account.Id, null, 100, ct)).Single(view => view.ObjectName == snapshot.Name);
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.StopAsync(CancellationToken.None);
        Browser.Dispose();
        _keys.Dispose();
        await _engine.DisposeAsync();
        await Account.DisposeAsync();
        await _test.DisposeAsync();
        Identity.Dispose();
    }

    private async Task AddPlanAsync(CancellationToken ct)
    {
        var vault = (await Service.AddVaultAsync(Owner, new AddVault("Disk", "file", VaultFolder), ct)).Value!;
        var key = (await Service.BringKeyAsync(Owner, new BringBackupKey("Mine", Identity.Recipient.ToString()), ct)).Value!;
        var plan = await Service.CreatePlanAsync(
            Owner, new SavePlan("Mine", "accounts", [Account.Did.ToString()], null, [vault.Id], [key.Id], new ScheduleInput(24)), ct);
        if (!plan.IsOk)
            throw new InvalidOperationException(string.Join(' ', plan.Problems));
    }
}
