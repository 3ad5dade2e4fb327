using System.Text.Json;
using Migrator.Core.Drills;
using Migrator.Jobs.Drills;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Drills;
using Migrator.Jobs.Tests.Engine;
using Xunit;

namespace Migrator.Jobs.Tests.Storage.Drills;

public sealed class DrillWorkStoreTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task While_a_drill_of_an_account_is_open_a_second_is_refused(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var books = new DrillBooks(test);
        var snapshot = await books.AddAccountAsync(1);
        var first = await books.AddDrillAsync(snapshot);

        var second = new NewDrill(Guid.NewGuid().ToString("N"), DrillBooks.Owner, snapshot, "schedule", DrillKeySource.Escrow);
        Assert.False(await books.Drills.AddAsync(second, Ct));

        var lease = await books.TakeAsync(first);
        await books.Work.FinishAsync(lease, await books.BeginAsync(lease), Proven(), Ct);
        Assert.True(await books.Drills.AddAsync(second, Ct));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_machine_makes_one_drill_at_a_time_and_goes_on_with_the_next_when_it_ends(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var books = new DrillBooks(test);
        var (one, two, three) = (
            await books.AddDrillAsync(await books.AddAccountAsync(1)),
            await books.AddDrillAsync(await books.AddAccountAsync(2)),
            await books.AddDrillAsync(await books.AddAccountAsync(3)));
        var first = await books.TakeAsync(one);
        var task = await books.BeginAsync(first);

        var second = await books.TakeAsync(two);
        Assert.IsType<DrillBeginning.Later>(await books.Work.BeginAsync(second, false, Ct));
        Assert.Equal(DrillState.Queued, (await books.ReadAsync(two)).State);
        Assert.InRange((await test.Leases.GiveBackAsync(second, null, Ct))!.Value.TotalSeconds, 5, 10.1);
        await books.BeginAsync(await books.TakeAsync(three, "attic"));

        await books.Work.FinishAsync(first, task, Proven(), Ct);
        Assert.Contains(two, await test.Leases.ListDueAsync(10, Ct));
        await books.BeginAsync(await books.TakeAsync(two));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_dead_workers_place_is_free(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var books = new DrillBooks(test);
        await books.BeginAsync(await books.TakeAsync(await books.AddDrillAsync(await books.AddAccountAsync(1))));
        await books.KillAsync();

        await books.BeginAsync(await books.TakeAsync(await books.AddDrillAsync(await books.AddAccountAsync(2))));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task One_that_is_killed_each_time_is_given_up_with_the_reason_and_no_word_of_damage(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var books = new DrillBooks(test);
        var id = await books.AddDrillAsync(await books.AddAccountAsync(1));
        for (var start = 1; start <= DrillWorkStore.MostStarts; start++)
        {
            Assert.Equal(start, (await books.BeginAsync(await books.TakeAsync(id))).Start);
            await books.KillAsync();
        }

        Assert.IsType<DrillBeginning.Over>(await books.Work.BeginAsync(await books.TakeAsync(id), false, Ct));

        var drill = await books.ReadAsync(id);
        Assert.Equal((DrillState.CouldNotRun, true), (drill.State, drill.IsOver));
        Assert.Contains("3 times", drill.Message, StringComparison.Ordinal);
        Assert.Equal(["DrillNotRun"], await books.OpenAlarmsAsync());
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_worker_whose_lease_was_taken_over_is_refused_and_changes_nothing(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var books = new DrillBooks(test);
        var id = await books.AddDrillAsync(await books.AddAccountAsync(1));
        var zombie = await books.TakeAsync(id);
        var task = await books.BeginAsync(zombie);
        await books.KillAsync();
        var fresh = await books.TakeAsync(id, "attic");

        await Assert.ThrowsAsync<WorkLostException>(() => books.Work.BeginAsync(zombie, false, Ct));
        await Assert.ThrowsAsync<WorkLostException>(() => books.Work.FinishAsync(zombie, task, Proven(), Ct));
        await books.Work.NoteProgressAsync(zombie, new DrillProgress("open", "Old news", 1, 2), Ct);

        await books.BeginAsync(fresh);
        await books.Work.NoteProgressAsync(fresh, new DrillProgress("open", "Opening", 3, 9), Ct);
        var drill = await books.ReadAsync(id);
        Assert.Equal((DrillState.Running, "Opening", 3, 9), (drill.State, drill.Progress!.Title, drill.Progress.Done, drill.Progress.Total));
    }

    [Fact]
    public async Task A_key_that_no_process_has_ends_the_drill_and_with_several_processes_after_a_while()
    {
        foreach (var provider in TestDatabase.Both.Select(row => row.Data))
        {
            await using var test = await TestDatabase.CreateAsync(provider, postgres);
            var books = new DrillBooks(test);
            var id = await books.AddDrillAsync(await books.AddAccountAsync(1), DrillKeySource.Session);
            if (provider == DatabaseProvider.Postgres)
            {
                Assert.IsType<DrillBeginning.Later>(await books.Work.BeginAsync(await books.TakeAsync(id), false, Ct));
                await test.ExecuteAsync("UPDATE drill SET asked_at = asked_at - 61000");
                await books.KillAsync();
            }

            Assert.IsType<DrillBeginning.Over>(await books.Work.BeginAsync(await books.TakeAsync(id), false, Ct));
            Assert.Contains("in memory only", (await books.ReadAsync(id)).Message, StringComparison.Ordinal);
        }
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Damage_is_told_as_damage_and_ends_with_the_next_proof(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var books = new DrillBooks(test);
        var snapshot = await books.AddAccountAsync(1);
        await test.ExecuteAsync(
            """
            INSERT INTO backup_plan (id, owner, name, time_zone, jitter_minutes, anchor_at, retention, verify_every_days, grace_minutes, created_at)
            VALUES ('p', 'local', 'Plan', 'UTC', 0, 0, '{}', 30, 120, 0)
            """);
        await test.ExecuteAsync("UPDATE backup_account SET plan_id = 'p', asked = false");

        await EndAsync(books, snapshot, new DrillEnd(DrillState.NotProven, "The disk was full.", TestDrill.Report("s", DrillOutcome.NotProven, "The disk was full.")));
        Assert.Equal(["DrillNotRun"], await books.OpenAlarmsAsync());

        var finding = new DrillFinding(DrillFindingKind.BlobDamaged, "A picture has other bytes.", "app.bsky.feed.post/3k", "bafy");
        var id = await EndAsync(books, snapshot, new DrillEnd(DrillState.Damaged, "Found damage.", TestDrill.Report("s", DrillOutcome.Faulty, null, finding)));
        Assert.Equal(["DrillDamaged"], await books.OpenAlarmsAsync());
        Assert.Equal(1, await test.SingleAsync<long>("SELECT count(*) FROM backup_account WHERE asked AND verify_from IS NOT NULL"));
        var drill = await books.ReadAsync(id);
        Assert.Equal((1, 99), (drill.Summary!.Findings, drill.Summary.Percent));
        Assert.Equal(finding, Assert.Single(drill.Report!.Findings));
        Assert.Equal("Damaged", (await NoticeAsync(test, id)).GetProperty("state").GetString());

        await EndAsync(books, snapshot, Proven());
        Assert.Empty(await books.OpenAlarmsAsync());
        Assert.Equal(
            (3, 3, 3), (
            await test.SingleAsync<long>("SELECT count(*) FROM audit WHERE action = 'drill.ask'"),
            await test.SingleAsync<long>("SELECT count(*) FROM audit WHERE action = 'drill.begin'"),
            await test.SingleAsync<long>("SELECT count(*) FROM audit WHERE action = 'drill.end'")));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Drills_of_long_ago_go_but_the_newest_proof_stays(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var books = new DrillBooks(test);
        var snapshot = await books.AddAccountAsync(1);
        var notRun = new DrillEnd(DrillState.CouldNotRun, "The vault cannot be read now.");
        var old = await EndAsync(books, snapshot, notRun);
        var proven = await EndAsync(books, snapshot, Proven());
        await test.ExecuteAsync("UPDATE drill SET ended_at = ended_at - 34600000000 - CASE WHEN state = 'Proven' THEN 0 ELSE 1000 END");

        var newest = await EndAsync(books, snapshot, notRun);

        Assert.Equal(
            new[] { proven.Key, newest.Key }.Order(), (await books.Drills.ListAsync(DrillBooks.Owner, null, null, 10, Ct)).Select(drill => drill.Id).Order());
        Assert.Null(await books.Drills.FindAsync(DrillBooks.Owner, old.Key, Ct));
    }

    private static DrillEnd Proven() => new(DrillState.Proven, "All is well.", TestDrill.Report("s"));

    private static async Task<WorkId> EndAsync(DrillBooks books, Jobs.Storage.Backups.OwnedSnapshot snapshot, DrillEnd end)
    {
        var id = await books.AddDrillAsync(snapshot);
        var lease = await books.TakeAsync(id);
        await books.Work.FinishAsync(lease, await books.BeginAsync(lease), end, Ct);
        return id;
    }

    private static async Task<JsonElement> NoticeAsync(TestDatabase test, WorkId id) => JsonDocument.Parse(
        await test.SingleAsync<string>("SELECT payload FROM outbox WHERE kind = 'drill.ended' AND subject = @Id", new { Id = id.Key })).RootElement;
}
