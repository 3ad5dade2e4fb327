using Migrator.Core.Migrations;
using Migrator.Jobs.Storage;
using Xunit;

namespace Migrator.Jobs.Tests.Storage;

public sealed class LeaseStoreTests(PostgresFixture postgres)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(1);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Of_many_workers_that_claim_at_once_one_wins_each_round(DatabaseProvider provider)
    {
        const int workers = 8;
        const int rounds = 50;
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var id = await test.AddStartedAsync();
        for (var round = 1; round <= rounds; round++)
        {
            var claims = Enumerable.Range(0, workers).Select(w => Task.Run(() => test.Leases.TakeAsync(id, $"worker-{w}", Life, Ct), Ct));
            var answers = await Task.WhenAll(claims);

            var winner = Assert.Single(answers.OfType<LeaseAnswer.Taken>());
            Assert.Equal(round, winner.Lease.Fence);
            Assert.Equal(workers - 1, answers.OfType<LeaseAnswer.NotNow>().Count());
            await test.ExpireAsync(id);
        }
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task While_a_lease_lives_nobody_else_gets_one(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var id = await test.AddStartedAsync();
        await test.TakeAsync(id);
        await test.ChangeRequestAsync(id, request => request with { Wish = Wish.Pause });

        Assert.Null(Assert.IsType<LeaseAnswer.NotNow>(await test.Leases.TakeAsync(id, "worker-2", Life, Ct)).DueIn);
        Assert.Empty(await test.Leases.ListDueAsync(10, Ct));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_change_of_the_request_during_a_run_makes_it_due_again_when_the_run_ends(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var id = await test.AddStartedAsync();
        var lease = await test.TakeAsync(id);
        await test.ChangeRequestAsync(id, request => request with { Wish = Wish.Pause });
        await test.Store.SaveAsync(lease, new MigrationProgress { State = MigrationState.Copying }, null, [], null, Ct);

        Assert.Equal(TimeSpan.Zero, await test.Leases.GiveBackAsync(lease, null, Ct));
        Assert.Equal([id], await test.Leases.ListDueAsync(10, Ct));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_message_that_a_wrong_clock_put_off_for_a_year_is_sent_when_it_is_right_again(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await test.AddStartedAsync();
        var outbox = new OutboxStore(test.Database);
        await test.ExecuteAsync("UPDATE outbox SET next_at = now_ms() + 14400000"); // four hours: the longest pause there is
        Assert.Null(await outbox.ClaimAsync(OutboxChannel.Webhook, Life, Ct));
        await test.ExecuteAsync("UPDATE outbox SET next_at = now_ms() + 31536000000");
        Assert.NotNull(await outbox.ClaimAsync(OutboxChannel.Webhook, Life, Ct));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_run_that_ended_with_nothing_planned_is_not_due_again(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var id = await test.AddStartedAsync();
        var lease = await test.TakeAsync(id);
        var now = TimeProvider.System.GetUtcNow();
        await test.Store.SaveAsync(lease, new MigrationProgress { State = MigrationState.Copying }, null, [], now, Ct);

        Assert.Null(await test.Leases.GiveBackAsync(lease, null, Ct));
        Assert.Empty(await test.Leases.ListDueAsync(10, Ct));
        Assert.IsType<LeaseAnswer.NotNow>(await test.Leases.TakeAsync(id, "worker-1", Life, Ct));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_wait_is_due_at_its_time_by_the_databases_clock(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var id = await test.AddStartedAsync();
        var lease = await test.TakeAsync(id);
        var wakeAt = TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(1);
        await test.Store.SaveAsync(lease, new MigrationProgress { State = MigrationState.Copying }, null, [], wakeAt, Ct);

        Assert.InRange((await test.Leases.GiveBackAsync(lease, null, Ct))!.Value.TotalMinutes, 50, 60.1);
        var notYet = Assert.IsType<LeaseAnswer.NotNow>(await test.Leases.TakeAsync(id, "worker-1", Life, Ct));
        Assert.InRange(notYet.DueIn!.Value.TotalMinutes, 50, 60.1);
        Assert.Empty(await test.Leases.ListDueAsync(10, Ct));

        await test.ExecuteAsync("UPDATE migration SET wake_at = now_ms() - 1");
        Assert.Equal([id], await test.Leases.ListDueAsync(10, Ct));
        await test.TakeAsync(id);
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_dead_workers_migration_is_due_although_nothing_was_planned(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var id = await test.AddStartedAsync();
        await test.TakeAsync(id);
        await test.ExpireAsync(id);

        Assert.Equal([id], await test.Leases.ListDueAsync(10, Ct));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Work_that_broke_off_is_due_again_after_the_given_time_but_never_later_than_planned(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var id = await test.AddStartedAsync();
        var lease = await test.TakeAsync(id);
        Assert.InRange((await test.Leases.GiveBackAsync(lease, TimeSpan.FromMinutes(5), Ct))!.Value.TotalMinutes, 4.9, 5.1);
        Assert.Equal(TimeSpan.Zero, await GiveBackAtOnceAsync(test, id));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_lease_that_was_taken_over_cannot_be_given_back_by_its_old_holder(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var id = await test.AddStartedAsync();
        var old = await test.TakeAsync(id);
        await test.ExpireAsync(id);
        var current = await test.TakeAsync(id, "worker-2");

        await test.Leases.GiveBackAsync(old, TimeSpan.Zero, Ct);
        await test.Store.ConfirmAsync(current, Ct);
        Assert.True(await test.Leases.RenewAsync(current, Life, Ct));
    }

    private static async Task<TimeSpan?> GiveBackAtOnceAsync(TestDatabase test, MigrationId id)
    {
        await test.ExecuteAsync("UPDATE migration SET wake_at = now_ms()");
        var lease = await test.TakeAsync(id);
        return await test.Leases.GiveBackAsync(lease, TimeSpan.Zero, Ct);
    }
}
