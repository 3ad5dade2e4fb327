using Migrator.Jobs.Returns;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Returns;
using Xunit;

namespace Migrator.Jobs.Tests.Storage.Returns;

public sealed class ReturnStoreTests(PostgresFixture postgres)
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private static readonly ReturnView Writing = new(
        "r1", "s1", Now.AddDays(-4), "did:plc:ewvi7nxzyoun6zhxrhs64oiz", "alice.example.com", "pds.example.com", ReturnState.Writing,
        "Writing records", 400, 1204,
        Now.AddMinutes(-3), null, null, null, new ReturnResultView(400, 804, 0, [], 0, 0, []), null);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task One_whose_process_has_ended_is_closed_once_and_says_how_far_it_was(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var store = new ReturnStore(test.Database);
        await store.SaveAsync(TestDatabase.Owner, Writing, new AuditEntry(TestDatabase.Owner, "return.write", "r1"), Ct);
        Assert.Equal(ReturnState.Writing, (await store.FindAsync(TestDatabase.Owner, "r1", Ct))!.State);
        Assert.Null(await store.FindAsync("another", "r1", Ct));

        await SweepAsync(store, mine: true);
        Assert.Equal(ReturnState.Writing, (await store.FindAsync(TestDatabase.Owner, "r1", Ct))!.State);
        if (provider == DatabaseProvider.Postgres)
        {
            // Another process may be at it, for as long as it shows that it lives.
            await SweepAsync(store, mine: false);
            Assert.Equal(ReturnState.Writing, (await store.FindAsync(TestDatabase.Owner, "r1", Ct))!.State);
            await test.ExecuteAsync("UPDATE account_return SET alive_until = now_ms() - 1");
        }

        await SweepAsync(store, mine: false);
        await SweepAsync(store, mine: false);
        var closed = Assert.Single(await store.ListAsync(TestDatabase.Owner, Ct));
        Assert.Equal((ReturnState.CutOff, true, 400L, 804L), (closed.State, closed.IsOver, closed.Outcome!.Records, closed.Outcome.Left));
        Assert.Contains("(400 of 1204 were counted)", closed.Problem, StringComparison.Ordinal);
        Assert.Equal(
            ["return.write", "return.end"],
            await test.ListAsync<string>($"SELECT action FROM audit WHERE subject = '{Writing.Did}' ORDER BY id"));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task What_is_over_is_kept_for_30_days_or_until_it_is_forgotten_and_what_runs_is_not_forgotten(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var store = new ReturnStore(test.Database);
        await store.SaveAsync(TestDatabase.Owner, Writing, null, Ct);
        await store.SaveAsync(TestDatabase.Owner, Ended("young", Now.AddDays(-29)), null, Ct);
        await store.SaveAsync(TestDatabase.Owner, Ended("old", Now.AddDays(-31)), null, Ct);
        await SweepAsync(store, mine: true);
        Assert.Equal(["r1", "young"], (await store.ListAsync(TestDatabase.Owner, Ct)).Select(view => view.Id).Order());

        Assert.False(await store.ForgetAsync(TestDatabase.Owner, "r1", Ct));
        Assert.False(await store.ForgetAsync("another", "young", Ct));
        Assert.True(await store.ForgetAsync(TestDatabase.Owner, "young", Ct));
        Assert.Null(await store.FindAsync(TestDatabase.Owner, "young", Ct));
    }

    private static ReturnView Ended(string id, DateTimeOffset at) => Writing with { Id = id, State = ReturnState.Done, EndedAt = at };

    private static Task SweepAsync(ReturnStore store, bool mine) => store.SweepAsync(_ => mine, view => view.CutOffAt(Now), Ct);
}
