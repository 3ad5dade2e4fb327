using Migrator.Core.Migrations;
using Migrator.Jobs.Storage;
using Xunit;

namespace Migrator.Jobs.Tests.Storage;

public sealed class MigrationRequestsTests(PostgresFixture postgres)
{
    private static readonly AuditEntry Act = new("local", "migration.test");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Of_two_tabs_that_changed_the_same_version_the_second_is_told(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var draft = await test.Requests.CreateAsync("local", TestDatabase.StartedRequest() with { StartedAt = null }, Ct);

        var first = await test.Requests.UpdateAsync("local", draft.Id, 1, draft.Request with { Tries = 1 }, Act, Ct);
        var second = await test.Requests.UpdateAsync("local", draft.Id, 1, draft.Request with { Tries = 7 }, Act, Ct);

        Assert.Equal((RequestUpdate.Stored, RequestUpdate.Outdated), (first, second));

        var read = await test.Requests.GetAsync("local", draft.Id, Ct);
        Assert.Equal((1, 2L), (read!.Request.Tries, read.RequestVersion));
        Assert.Equal(1, await test.SingleAsync<long>("SELECT count(*) FROM audit WHERE action = 'migration.test'"));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Another_owners_migration_is_not_there(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var id = await test.AddStartedAsync(owner: "did:plc:alice");

        Assert.Null(await test.Requests.GetAsync("did:plc:bob", id, Ct));
        Assert.Empty(await test.Requests.ListAsync("did:plc:bob", Ct));
        Assert.Equal(RequestUpdate.NotFound, await test.Requests.UpdateAsync("did:plc:bob", id, 2, TestDatabase.StartedRequest(), Act, Ct));
        Assert.Single(await test.Requests.ListAsync("did:plc:alice", Ct));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_second_draft_of_the_same_account_is_the_first(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var request = TestDatabase.StartedRequest() with { StartedAt = null };

        var made = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => test.Requests.CreateAsync("local", request, Ct)));

        Assert.Single(made.Select(migration => migration.Id).Distinct());
        Assert.Equal(made[0].Id, (await test.Requests.FindUnfinishedAsync("local", request.Did, Ct))!.Id);
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task An_account_can_only_be_on_one_running_migration_whoever_owns_it(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var request = TestDatabase.StartedRequest();
        var drafts = new List<Migration>();
        foreach (var owner in (string[])["alice", "bob", "carol"])
            drafts.Add(await test.Requests.CreateAsync(owner, request with { StartedAt = null }, Ct));

        var answers = await Task.WhenAll(drafts.Select(draft => test.Requests.UpdateAsync(draft.Owner, draft.Id, 1, request, Act, Ct)));

        Assert.Equal([RequestUpdate.Stored, RequestUpdate.AlreadyRunning, RequestUpdate.AlreadyRunning], answers.Order());
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task When_a_migration_is_over_its_account_is_free_again(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var id = await test.AddStartedAsync();
        await EndAsync(test, id, MigrationState.Cancelled);

        Assert.Null(await test.Requests.FindUnfinishedAsync("local", TestDatabase.StartedRequest().Did, Ct));
        Assert.NotEqual(id, await test.AddStartedAsync());
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Asking_for_the_way_back_takes_the_account_again(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var id = await test.AddStartedAsync();
        await EndAsync(test, id, MigrationState.Completed);
        var back = TestDatabase.StartedRequest() with { WayBackAt = DateTimeOffset.UnixEpoch };

        Assert.Equal(RequestUpdate.Stored, await test.Requests.UpdateAsync("local", id, 2, back, Act, Ct));

        var second = await test.Requests.CreateAsync("local", TestDatabase.StartedRequest() with { StartedAt = null }, Ct);
        var started = await test.Requests.UpdateAsync("local", second.Id, 1, TestDatabase.StartedRequest(), Act, Ct);
        Assert.Equal(RequestUpdate.AlreadyRunning, started);
    }

    private static async Task EndAsync(TestDatabase test, MigrationId id, MigrationState state) =>
        await test.Store.SaveAsync(await test.TakeAsync(id), new MigrationProgress { State = state }, null, [], null, Ct);
}
