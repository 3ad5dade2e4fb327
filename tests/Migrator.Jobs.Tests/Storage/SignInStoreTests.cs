using Migrator.Jobs.Storage;
using Xunit;

namespace Migrator.Jobs.Tests.Storage;

public sealed class SignInStoreTests(PostgresFixture postgres)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_link_works_once_however_many_use_it_at_the_same_time(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var token = await test.SignIns.CreateLinkAsync("local", Hour, Ct);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => test.SignIns.UseLinkAsync(token, Ct)));

        Assert.Equal("local", Assert.Single(answers, answer => answer is not null));
        Assert.Null(await test.SignIns.UseLinkAsync(token, Ct));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_newer_link_an_old_link_and_an_invented_one_do_not_work(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var replaced = await test.SignIns.CreateLinkAsync("local", Hour, Ct);
        var expired = await test.SignIns.CreateLinkAsync("local", Hour, Ct);
        await test.ExecuteAsync("UPDATE signin_link SET expires_at = now_ms() - 1");

        Assert.Null(await test.SignIns.UseLinkAsync(replaced, Ct));
        Assert.Null(await test.SignIns.UseLinkAsync(expired, Ct));
        Assert.Null(await test.SignIns.UseLinkAsync("invented", Ct));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_session_survives_a_restart_and_ends_by_idleness_age_or_sign_out(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var ids = new List<string>();
        for (var i = 0; i < 4; i++)
            ids.Add(await test.SignIns.OpenSessionAsync("local", Hour, 2 * Hour, Ct));

        await using var restarted = TestDatabase.Open(test.Options);
        Assert.Equal("local", (await restarted.SignIns.FindSessionAsync(ids[0], Ct))!.Owner);
        await restarted.SignIns.CloseSessionAsync(ids[0], Ct);
        Assert.Null(await restarted.SignIns.FindSessionAsync(ids[0], Ct));

        Assert.NotNull(await restarted.SignIns.FindSessionAsync(ids[1], Ct));
        await test.ExecuteAsync("UPDATE signin_session SET last_seen_at = last_seen_at - 3600001");
        Assert.Null(await restarted.SignIns.FindSessionAsync(ids[1], Ct));

        await test.ExecuteAsync("UPDATE signin_session SET last_seen_at = now_ms(), expires_at = now_ms() - 1");
        Assert.Null(await restarted.SignIns.FindSessionAsync(ids[2], Ct));

        await test.ExecuteAsync("UPDATE signin_session SET expires_at = now_ms() + 1000000");
        Assert.NotNull(await restarted.SignIns.FindSessionAsync(ids[3], Ct));
        await restarted.SignIns.CloseAllSessionsAsync("local", Ct);
        Assert.Null(await restarted.SignIns.FindSessionAsync(ids[3], Ct));
    }

    [Fact]
    public async Task Neither_links_nor_sessions_stand_readable_in_the_database()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres);
        var link = await test.SignIns.CreateLinkAsync("local", Hour, Ct);
        var session = await test.SignIns.OpenSessionAsync("local", Hour, Hour, Ct);

        var stored = await test.SingleAsync<string>(
            "SELECT (SELECT hex(token_hash) FROM signin_link) || (SELECT hex(id_hash) FROM signin_session)");
        Assert.DoesNotContain(Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(link)), stored, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(session)), stored, StringComparison.Ordinal);
        Assert.Equal(128, stored.Length);
    }
}
