using Microsoft.Extensions.DependencyInjection;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Backups;
using Migrator.Jobs.Tests.Engine;
using Migrator.Testing.Faults;
using Migrator.Testing.Notifications;
using Xunit;

namespace Migrator.Jobs.Tests.Backups;

/// <summary>Plans for a whole server, and the address that is called when a round is complete.</summary>
public sealed class ServerPlanTests(PostgresFixture postgres)
{
    private const string ListRepos = "com.atproto.sync.listRepos";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task New_accounts_of_a_server_join_by_themselves_and_those_that_left_are_marked(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await using var server = await HostilePds.StartAsync();
        server.On(ListRepos, Page("1", Repo(1), Repo(2)), Page(null, Repo(3), Repo(4, active: false)));
        await using var engine = await StartAsync(test);
        var plan = await TestPlan.AddAsync(engine, accounts: 0, plan => plan with { Server = server.Url });
        var members = engine.Services.GetRequiredService<ServerMembers>();
        await TestPlan.UntilAsync(test, "SELECT count(*) FROM backup_account", 3);
        Assert.Contains(server.Requests, request => request.Query.Contains("cursor=1", StringComparison.Ordinal));

        // One is gone, one is new, one is active now.
        server.On(ListRepos, Page(null, Repo(1), Repo(3), Repo(4), Repo(5)));
        Assert.Null(await members.ReadAsync(plan, Ct));

        Assert.Equal(5, await test.SingleAsync<long>("SELECT count(*) FROM backup_account"));
        Assert.Equal(TestPlan.DidOf(2), await test.SingleAsync<string>("SELECT did FROM backup_account WHERE state = 'Left'"));
        Assert.Equal(1, await test.SingleAsync<long>("SELECT count(*) FROM alarm WHERE kind = 'Gone' AND ended_at IS NULL"));

        // It comes back.
        server.On(ListRepos, Page(null, Repo(1), Repo(2), Repo(3), Repo(4), Repo(5)));
        Assert.Null(await members.ReadAsync(plan, Ct));
        Assert.Equal(0, await test.SingleAsync<long>("SELECT count(*) FROM backup_account WHERE state = 'Left'"));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_server_that_fails_or_lists_nobody_takes_nobody_out(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await using var server = await HostilePds.StartAsync();
        server.On(ListRepos, Page(null, Repo(1)), Page(null), Reply.Html(502));
        await using var engine = await StartAsync(test);
        var plan = await TestPlan.AddAsync(engine, accounts: 0, plan => plan with { Server = server.Url });
        var members = engine.Services.GetRequiredService<ServerMembers>();
        await TestPlan.UntilAsync(test, "SELECT count(*) FROM backup_account", 1);

        Assert.NotNull(await members.ReadAsync(plan, Ct));
        Assert.NotNull(await members.ReadAsync(plan, Ct));

        Assert.Equal(0, await test.SingleAsync<long>("SELECT count(*) FROM backup_account WHERE state = 'Left'"));
        Assert.NotNull((await engine.Services.GetRequiredService<BackupPlanStore>().FindAsync(null, plan.Id, Ct))!.MembersProblem);
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task The_success_address_is_called_once_when_every_account_of_a_round_is_good(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await using var receiver = await HostilePds.StartAsync();
        receiver.On("/ping/secret", Reply.Empty());
        await using var engine = await StartAsync(test);
        await TestPlan.AddAsync(engine, accounts: 2, successUrl: new Uri(receiver.Url, "/ping/secret").ToString());

        (await engine.Backups.NextAsync(Ct)).EndUnchanged();
        var last = await engine.Backups.NextAsync(Ct);
        await TestPlan.UntilAsync(test, "SELECT count(*) FROM backup_account WHERE state = 'Good'", 1);
        Assert.Equal(0, receiver.CountOf("/ping/secret"));
        last.EndUnchanged();

        await TestPlan.UntilAsync(test, "SELECT count(*) FROM outbox WHERE channel = 'success-url' AND sent_at IS NOT NULL", 1);
        Assert.Equal(1, receiver.CountOf("/ping/secret"));
        Assert.Equal(0, await test.SingleAsync<long>("SELECT count(*) FROM outbox WHERE payload LIKE '%secret%' OR target IS NOT NULL"));

        // Run again within the same round: that is no news.
        await TestPlan.MakeDueAsync(test);
        (await engine.Backups.NextAsync(Ct)).EndUnchanged();
        (await engine.Backups.NextAsync(Ct)).EndUnchanged();
        await TestPlan.UntilAsync(test, "SELECT count(*) FROM backup_run WHERE ended_at IS NOT NULL", 4);
        Assert.Equal(1, await test.SingleAsync<long>("SELECT count(*) FROM outbox"));
    }

    [Fact]
    public async Task A_mail_that_is_refused_is_given_up_at_the_end_and_that_can_be_seen()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres);
        await using var mail = SmtpSink.Start();
        mail.Refusal = "550 no such mailbox";
        await using var engine = await StartAsync(test, [.. mail.Settings, ("Migrator:Smtp:Tries", "2"), ("Migrator:Smtp:To", "operator@example.com")]);
        await TestPlan.AddAsync(engine, accounts: 1);
        (await engine.Backups.NextAsync(Ct)).End(new Core.Backups.BackupOutcome.AccountGone(Core.Backups.AccountAbsence.TakenDown, "Taken down."));

        await TestPlan.UntilAsync(test, "SELECT count(*) FROM outbox WHERE attempts = 1 AND last_error IS NOT NULL", 1);
        await test.ExecuteAsync("UPDATE outbox SET next_at = now_ms() WHERE next_at IS NOT NULL");
        await TestPlan.UntilAsync(test, "SELECT count(*) FROM outbox WHERE next_at IS NULL AND sent_at IS NULL", 1);

        var alarm = Assert.Single(await engine.Services.GetRequiredService<IBackupService>().ListAlarmsAsync(TestPlan.Owner, true, 10, Ct));
        Assert.Equal(0, alarm.Told);
        Assert.Contains("127.0.0.1 did not take it", alarm.Untold, StringComparison.Ordinal);
    }

    private static Task<TestEngine> StartAsync(TestDatabase test, params (string Key, string Value)[] settings) => TestEngine.StartAsync(
        test.Options, [("Migrator:Network:AllowPrivate:0", "127.0.0.1:*"), ("Migrator:Webhook:PollSeconds", "1"), .. settings]);

    private static Reply Page(string? cursor, params string[] repos) =>
        Reply.Json($$"""{"repos":[{{string.Join(',', repos)}}]{{(cursor is null ? "" : $",\"cursor\":\"{cursor}\"")}}}""");

    private static string Repo(int number, bool active = true) =>
        $$"""{"did":"{{TestPlan.DidOf(number)}}","head":"bafyreie5cvv4h45feadgeuwhbcutmh6t2ceseocckahdoe6uat64zmz454","rev":"3lbazzz2k222s","active":{{(active ? "true" : "false")}}}""";
}
