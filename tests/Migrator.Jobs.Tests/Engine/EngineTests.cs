using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Migrator.Core.Migrations;
using Migrator.Jobs.Storage;
using Xunit;

namespace Migrator.Jobs.Tests.Engine;

public sealed class EngineTests(PostgresFixture postgres)
{
    private static readonly MigrationProgress Copying = new() { State = MigrationState.Copying };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_migration_that_nobody_called_is_found_at_the_start(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var id = await test.AddStartedAsync();

        await using var engine = await TestEngine.StartAsync(test.Options, ("Migrator:Engine:ReconcileSeconds", "600"));

        var run = await engine.Runner.NextAsync(Ct);
        Assert.Equal((id, 1L), (run.Lease.Migration, run.Lease.Fence));
        run.End();
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Fifty_calls_at_once_make_one_run(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await using var engine = await TestEngine.StartAsync(test.Options);
        var id = await test.AddStartedAsync();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => engine.Waker.WakeAsync(id, Ct), Ct)));

        var run = await engine.Runner.NextAsync(Ct);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => engine.Waker.WakeAsync(id, Ct), Ct)));
        await test.Store.SaveAsync(run.Lease, Copying, null, [], null, Ct);
        run.End();

        // Another migration's run is the proof that the engine has come past all those alarms.
        var other = await test.AddStartedAsync("did:plc:bbbbbbbbbbbbbbbbbbbbbbbb");
        await engine.Waker.WakeAsync(other, Ct);
        var next = await engine.Runner.NextAsync(Ct);
        Assert.Equal(other, next.Lease.Migration);
        next.End();
        await engine.StopAsync();
        Assert.False(engine.Runner.HasAnother);
        Assert.Equal(1, await test.SingleAsync<long>("SELECT fence FROM migration WHERE id = @Id", new { Id = id.ToString() }));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_change_of_the_request_during_a_run_starts_another(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var id = await test.AddStartedAsync();
        await using var engine = await TestEngine.StartAsync(test.Options, ("Migrator:Engine:ReconcileSeconds", "600"));
        var first = await engine.Runner.NextAsync(Ct);
        await test.ChangeRequestAsync(id, request => request with { Tries = 1 });
        first.End();

        var second = await engine.Runner.NextAsync(Ct);
        Assert.Equal(first.Lease.Fence + 1, second.Lease.Fence);
        second.End();
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_planned_wait_is_woken_by_its_alarm_without_the_reconciler(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await test.AddStartedAsync();
        await using var engine = await TestEngine.StartAsync(test.Options, ("Migrator:Engine:ReconcileSeconds", "600"));
        var first = await engine.Runner.NextAsync(Ct);
        await test.Store.SaveAsync(first.Lease, Copying, null, [], TimeProvider.System.GetUtcNow() + TimeSpan.FromMilliseconds(700), Ct);
        first.End();

        var second = await engine.Runner.NextAsync(Ct);
        Assert.Equal(2, second.Lease.Fence);
        second.End();
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_run_that_lost_its_lease_is_stopped_and_a_fresh_one_takes_over(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var id = await test.AddStartedAsync();
        await using var engine = await TestEngine.StartAsync(test.Options);
        var zombie = await engine.Runner.NextAsync(Ct);

        await test.ExpireAsync(id);
        await zombie.Stopped.WaitAsync(TimeSpan.FromSeconds(30), Ct);
        var fresh = await engine.Runner.NextAsync(Ct);

        Assert.Equal(zombie.Lease.Fence + 1, fresh.Lease.Fence);
        await Assert.ThrowsAsync<LeaseLostException>(() => test.Store.SaveAsync(zombie.Lease, Copying, null, [], null, Ct));
        await test.Store.ConfirmAsync(fresh.Lease, Ct);
        fresh.End();
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_lease_lives_on_while_its_run_does(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var id = await test.AddStartedAsync();
        await using var engine = await TestEngine.StartAsync(test.Options, ("Migrator:Engine:LeaseSeconds", "2"));
        var run = await engine.Runner.NextAsync(Ct);
        var end = await test.SingleAsync<long>("SELECT lease_until FROM migration");

        // Three renewals' worth: seen in the row, not by the clock.
        for (var renewals = 0; renewals < 4;)
        {
            var now = await test.SingleAsync<long>("SELECT lease_until FROM migration");
            if (now > end)
                renewals++;
            end = Math.Max(end, now);
            await Task.Delay(50, Ct);
        }

        await test.Store.ConfirmAsync(run.Lease, Ct);
        Assert.False(run.Stopped.IsCompleted);
        Assert.Equal(id, run.Lease.Migration);
        run.End();
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_run_that_broke_by_our_own_mistake_is_tried_again(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await test.AddStartedAsync();
        await using var engine = await TestEngine.StartAsync(test.Options, ("Migrator:Engine:ReconcileSeconds", "600"));
        var first = await engine.Runner.NextAsync(Ct);
        first.Break(new InvalidOperationException("a mistake"));

        var second = await engine.Runner.NextAsync(Ct);
        Assert.Equal(2, second.Lease.Fence);
        second.End();
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_graceful_stop_hands_the_work_to_the_next_start_at_once(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var id = await test.AddStartedAsync();
        var engine = await TestEngine.StartAsync(test.Options);
        var first = await engine.Runner.NextAsync(Ct);

        await engine.DisposeAsync();

        Assert.True(first.Stopped.IsCompleted);
        Assert.Equal([id], await test.Leases.ListDueAsync(10, Ct));
        await using var next = await TestEngine.StartAsync(test.Options);
        var second = await next.Runner.NextAsync(Ct);
        Assert.Equal(2, second.Lease.Fence);
        second.End();
    }

    [Fact]
    public async Task A_start_on_SQLite_does_not_wait_for_the_lease_of_the_process_that_was_killed()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres);
        var id = await test.AddStartedAsync();
        await test.Leases.TakeAsync(id, "a killed process", TimeSpan.FromDays(1), Ct);

        await using var engine = await TestEngine.StartAsync(test.Options);

        var run = await engine.Runner.NextAsync(Ct);
        Assert.Equal(2, run.Lease.Fence);
        run.End();
    }

    [Fact]
    public async Task A_run_stops_as_soon_as_the_process_begins_to_stop()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres);
        await test.AddStartedAsync();
        await using var engine = await TestEngine.StartAsync(test.Options);
        var run = await engine.Runner.NextAsync(Ct);

        // The scheduler itself is not told yet: it does not interrupt what it starts while it is being shut down.
        engine.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        await run.Stopped.WaitAsync(TimeSpan.FromSeconds(30), Ct);
    }

    [Fact]
    public async Task A_second_start_on_the_same_data_folder_is_refused()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres);
        await using var first = await TestEngine.StartAsync(test.Options);
        var second = TestEngine.Create(test.Options);

        var refused = await Assert.ThrowsAsync<StartRefusedException>(second.StartAsync);

        Assert.Contains(test.Options.Data, refused.Message, StringComparison.Ordinal);
        await second.DisposeAsync();
    }

    [Fact]
    public async Task Two_workers_share_the_work_and_the_one_that_is_left_takes_over()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Postgres, postgres);
        var firstStart = TestEngine.StartAsync(test.Options);
        var secondStart = TestEngine.StartAsync(test.Options);
        await using var first = await firstStart;
        await using var second = await secondStart;
        var id = await test.AddStartedAsync();

        var firstTurn = first.Runner.NextAsync(Ct);
        var secondTurn = second.Runner.NextAsync(Ct);
        var winnersTurn = await Task.WhenAny(firstTurn, secondTurn);
        var (winner, othersTurn) = winnersTurn == firstTurn ? (first, secondTurn) : (second, firstTurn);
        var run = await winnersTurn;
        Assert.Equal((id, 1L), (run.Lease.Migration, run.Lease.Fence));
        await winner.StopAsync();

        var taken = await othersTurn;
        Assert.Equal((id, 2L), (taken.Lease.Migration, taken.Lease.Fence));
        taken.End();
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Copies_to_one_server_keep_to_its_limit_and_a_cut_over_does_not_wait_for_them(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await test.AddStartedAsync("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa");
        await test.AddStartedAsync("did:plc:bbbbbbbbbbbbbbbbbbbbbbbb");
        await using var engine = await TestEngine.StartAsync(test.Options, ("Migrator:Engine:PerServer", "1"));
        var copying = await engine.Runner.NextAsync(Ct);

        var cutover = await test.AddStartedAsync("did:plc:cccccccccccccccccccccccc");
        await test.ExecuteAsync("UPDATE migration SET state = 'CuttingOver' WHERE id = @Id", new { Id = cutover.ToString() });
        await engine.Waker.WakeAsync(cutover, Ct);
        var next = await engine.Runner.NextAsync(Ct);
        Assert.Equal(cutover, next.Lease.Migration);
        next.End();
        Assert.False(engine.Runner.HasAnother);

        copying.End();
        var second = await engine.Runner.NextAsync(Ct);
        Assert.NotEqual(copying.Lease.Migration, second.Lease.Migration);
        second.End();
    }
}
