using Migrator.Core.Age;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Backups;
using Migrator.Jobs.Drills;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Backups;
using Migrator.Jobs.Storage.Drills;
using Xunit;

namespace Migrator.Jobs.Tests.Storage.Drills;

/// <summary>Accounts with a snapshot each in the books, and the stores of drills over them. No vault and no server.</summary>
internal sealed class DrillBooks(TestDatabase test)
{
    public const string Owner = TestDatabase.Owner;
    private static readonly Cid SomeCid = Cid.Parse("bafyreie5cvv4h45feadgeuwhbcutmh6t2ceseocckahdoe6uat64zmz454");
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(1);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public AlarmStore Alarms { get; } = new(test.Database, test.Outbox);

    public DrillStore Drills { get; } = new(test.Database);

    public DrillWorkStore Work { get; } = new(test.Database, new AlarmStore(test.Database, test.Outbox), test.Outbox);

    public DrillSettingStore Settings { get; } = new(
        test.Database, new SealedSecrets(test.Database, test.Vault), new SnapshotReads(test.Database), new AlarmStore(test.Database, test.Outbox));

    /// <summary>An account with one whole snapshot in one vault.</summary>
    public async Task<OwnedSnapshot> AddAccountAsync(int number)
    {
        var did = Did.Parse(Jobs.Tests.Backups.TestPlan.DidOf(number));
        var id = Guid.NewGuid();
        await test.ExecuteAsync(
            """
            INSERT INTO backup_account (id, owner, did, pds, queue, state, why, fence, lease_holder, lease_until, created_at, updated_at)
            VALUES (@Id, 'local', @Did, 'https://pds.example', 'pds.example:443', 'Good', 'first', 1, 'me', now_ms() + 600000, now_ms(), now_ms())
            """,
            new { Id = id.ToString("N"), Did = did.ToString() });
        await AddSnapshotAsync(id, did, Guid.NewGuid(), await NowAsync());
        return (await Settings.ChooseAsync(Owner, id.ToString("N"), Ct))!;
    }

    /// <summary>One more snapshot of an account, in a vault of its own.</summary>
    public async Task AddSnapshotAsync(Guid account, Did did, Guid vault, DateTimeOffset at)
    {
        await test.ExecuteAsync(
            """
            INSERT INTO backup_vault (id, owner, name, settings, place, marker_id, created_at)
            VALUES (@Id, 'local', 'Disk', '{}', '/nowhere', @Id, now_ms()) ON CONFLICT DO NOTHING
            """,
            new { Id = vault.ToString("N") });
        var index = new BackupIndex(test.Database, test.Vault, new WorkLease(new WorkId(WorkKind.Backup, account), 1, "me"));
        using var identity = AgeIdentity.Generate();
        var folder = await index.AddFolderAsync(AccountFolder.Create(vault, did, [identity.Recipient], at), Ct);
        var snapshot = new SnapshotSummary(
            folder.AccountId, BackupLayout.NewSnapshotName(folder.AccountId, at), at, did, "alice.example.com", new Uri("https://pds.example"),
            "3lbazzz2k222s", SomeCid, SomeCid, 12, 3, 300, 1, true, "mark", [], 210, 210, null);
        await index.BeginSnapshotAsync(snapshot, [], Ct);
        await index.CompleteSnapshotAsync(folder.AccountId, snapshot.Name, 10, "bb", Ct);
    }

    /// <summary>A drill in the queue.</summary>
    public async Task<WorkId> AddDrillAsync(OwnedSnapshot snapshot, DrillKeySource key = DrillKeySource.Escrow)
    {
        var id = Guid.NewGuid();
        Assert.True(await Drills.AddAsync(new NewDrill(id.ToString("N"), Owner, snapshot, "person", key), Ct));
        return new WorkId(WorkKind.Drill, id);
    }

    public async Task<WorkLease> TakeAsync(WorkId id, string machine = "cellar") =>
        Assert.IsType<LeaseAnswer.Taken>(await test.Leases.TakeAsync(id, $"{machine}/1/x", Life, Ct)).Lease;

    /// <summary>As when the worker is killed: the lease runs out.</summary>
    public Task KillAsync() => test.ExecuteAsync("UPDATE drill SET lease_until = now_ms() - 1 WHERE lease_until IS NOT NULL");

    public async Task<DrillTask> BeginAsync(WorkLease lease) => Assert.IsType<DrillBeginning.Go>(await Work.BeginAsync(lease, false, Ct)).Task;

    public async Task<DrillView> ReadAsync(WorkId id) => (await Drills.FindAsync(Owner, id.Key, Ct))!;

    public Task<IReadOnlyList<string>> OpenAlarmsAsync() => test.ListAsync<string>("SELECT kind FROM alarm WHERE ended_at IS NULL ORDER BY kind");

    private async Task<DateTimeOffset> NowAsync() => DateTimeOffset.FromUnixTimeMilliseconds(await test.SingleAsync<long>("SELECT now_ms()"));
}
