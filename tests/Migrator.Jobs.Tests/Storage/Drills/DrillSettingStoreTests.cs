using System.Text;
using Migrator.Core.AtProto.Syntax;
using Migrator.Jobs.Drills;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Drills;
using Migrator.Jobs.Tests.Engine;
using Migrator.Testing;
using Xunit;

namespace Migrator.Jobs.Tests.Storage.Drills;

public sealed class DrillSettingStoreTests(PostgresFixture postgres)
{
    private const string Key = "AGE-SECRET-KEY-1MARKED";
    private const string Owner = DrillBooks.Owner;
    private readonly ManualTime _time = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task With_a_kept_key_a_drill_is_queued_each_week_by_the_clock_and_not_before()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres, _time);
        var books = new DrillBooks(test);
        var account = (await books.AddAccountAsync(1)).AccountId;
        await books.Settings.EscrowAsync(Owner, account, Key, Ct);
        var first = (await SettingAsync(books, account)).NextAt!.Value;
        Assert.InRange(first - _time.GetUtcNow(), TimeSpan.Zero, TimeSpan.FromDays(7));

        await PassAsync(test, first - _time.GetUtcNow() - TimeSpan.FromMinutes(1));
        Assert.Empty(await books.Settings.QueueDueAsync(Ct));
        await PassAsync(test, TimeSpan.FromMinutes(2));
        var id = Assert.Single(await books.Settings.QueueDueAsync(Ct));
        Assert.Empty(await books.Settings.QueueDueAsync(Ct));

        var drill = (await books.Drills.FindAsync(Owner, id, Ct))!;
        Assert.Equal(("schedule", DrillKeySource.Escrow), (drill.Why, drill.KeyFrom));
        Assert.Equal(first.AddDays(7), (await SettingAsync(books, account)).NextAt);
    }

    [Fact]
    public async Task One_that_could_not_be_made_is_tried_again_the_next_day_and_overdue_after_the_grace()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres, _time);
        var books = new DrillBooks(test);
        var account = (await books.AddAccountAsync(1)).AccountId;
        await books.Settings.EscrowAsync(Owner, account, Key, Ct);
        var due = (await SettingAsync(books, account)).NextAt!.Value;

        await PassAsync(test, due - _time.GetUtcNow());
        await EndAsync(books, await QueuedAsync(books), new DrillEnd(DrillState.CouldNotRun, "The vault cannot be read now."));
        Assert.Equal(_time.GetUtcNow().AddDays(1), (await SettingAsync(books, account)).NextAt);
        Assert.Equal(0, await books.Settings.RaiseLateAsync(Ct));

        // Nothing at all runs any more: that is seen from the tables alone.
        await PassAsync(test, TimeSpan.FromDays(2) + TimeSpan.FromSeconds(1));
        Assert.Equal(1, await books.Settings.RaiseLateAsync(Ct));
        Assert.Equal(0, await books.Settings.RaiseLateAsync(Ct));
        Assert.Equal(["DrillLate", "DrillNotRun"], await books.OpenAlarmsAsync());

        await EndAsync(books, await QueuedAsync(books), new DrillEnd(DrillState.Proven, "All is well.", TestDrill.Report("s")));
        Assert.Empty(await books.OpenAlarmsAsync());
        await PassAsync(test, TimeSpan.FromDays(5));
        Assert.Equal(0, await books.Settings.RaiseLateAsync(Ct));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task An_erased_key_is_gone_and_no_drill_is_planned_or_overdue(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var books = new DrillBooks(test);
        var account = (await books.AddAccountAsync(1)).AccountId;
        await books.Settings.EscrowAsync(Owner, account, Key, Ct);
        var stored = await test.SingleAsync<byte[]>("SELECT sealed FROM sealed_secret WHERE scope = 'drill'");
        Assert.True(stored.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Key)) < 0, "The key lies in the database as it is.");
        await test.ExecuteAsync("UPDATE drill_setting SET late_at = 1");
        Assert.Equal(1, await books.Settings.RaiseLateAsync(Ct));

        await books.Settings.EraseAsync(Owner, account, Ct);

        Assert.Equal((null, null), ((await SettingAsync(books, account)).EscrowedAt, (await SettingAsync(books, account)).NextAt));
        Assert.Equal(0, await test.SingleAsync<long>("SELECT count(*) FROM sealed_secret"));
        Assert.Empty(await books.OpenAlarmsAsync());
        Assert.Equal(["drill.escrow", "drill.erase-escrow"], await test.ListAsync<string>("SELECT action FROM audit WHERE action LIKE 'drill%' ORDER BY id"));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Off_plans_nothing_and_weekly_again_does(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var books = new DrillBooks(test);
        var account = (await books.AddAccountAsync(1)).AccountId;
        await books.Settings.EscrowAsync(Owner, account, Key, Ct);

        await books.Settings.ScheduleAsync(Owner, account, DrillEvery.Off, Ct);
        Assert.Equal((DrillEvery.Off, null), ((await SettingAsync(books, account)).Every, (await SettingAsync(books, account)).NextAt));
        Assert.Empty(await books.Settings.QueueDueAsync(Ct));
        await books.Settings.ScheduleAsync(Owner, account, DrillEvery.Monthly, Ct);
        Assert.NotNull((await SettingAsync(books, account)).NextAt);
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Workers_that_look_at_once_queue_a_due_drill_once(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var books = new DrillBooks(test);
        await books.Settings.EscrowAsync(Owner, (await books.AddAccountAsync(1)).AccountId, Key, Ct);
        await test.ExecuteAsync("UPDATE drill_setting SET next_at = 1");

        var queued = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => books.Settings.QueueDueAsync(Ct), Ct)));

        Assert.Single(queued.SelectMany(ids => ids));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Of_several_vaults_the_one_whose_copy_was_drilled_longest_ago_has_its_turn(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var books = new DrillBooks(test);
        var first = await books.AddAccountAsync(1);
        var other = Guid.NewGuid();
        await books.AddSnapshotAsync(
            Guid.ParseExact(first.AccountId, "N"), Did.Parse(Jobs.Tests.Backups.TestPlan.DidOf(1)), other, first.Summary.TakenAt.AddMinutes(-5));

        var vaults = new List<string>();
        for (var turn = 0; turn < 3; turn++)
        {
            var chosen = (await books.Settings.ChooseAsync(Owner, first.AccountId, Ct))!;
            vaults.Add(chosen.VaultId);
            await EndAsync(books, await books.AddDrillAsync(chosen), new DrillEnd(DrillState.Proven, "All is well.", TestDrill.Report("s")));
            await test.ExecuteAsync("UPDATE drill SET ended_at = ended_at - 1000");
        }

        Assert.Equal([first.VaultId, other.ToString("N"), first.VaultId], vaults);
    }

    /// <summary>Time goes by: the clock of the test and everything that hangs on leases with it.</summary>
    private async Task PassAsync(TestDatabase test, TimeSpan by)
    {
        _time.Advance(by);
        await test.ExecuteAsync("UPDATE backup_account SET lease_until = now_ms() + 600000");
    }

    private static async Task<DrillSetting> SettingAsync(DrillBooks books, string account) => (await books.Settings.ListAsync(Owner, account, Ct))[account];

    private static async Task<WorkId> QueuedAsync(DrillBooks books) =>
        new(WorkKind.Drill, Guid.ParseExact(Assert.Single(await books.Settings.QueueDueAsync(Ct)), "N"));

    private static async Task EndAsync(DrillBooks books, WorkId id, DrillEnd end)
    {
        var lease = await books.TakeAsync(id);
        await books.Work.FinishAsync(lease, await books.BeginAsync(lease), end, Ct);
    }
}
