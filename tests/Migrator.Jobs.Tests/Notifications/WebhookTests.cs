using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Migrator.Core.Migrations;
using Migrator.Jobs.Notifications;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Tests.Engine;
using Migrator.Testing.Faults;
using Xunit;

namespace Migrator.Jobs.Tests.Notifications;

public sealed class WebhookTests(PostgresFixture postgres)
{
    private const string Secret = "a secret of the receiver";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_change_is_sent_once_signed_with_its_time(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await using var receiver = await HostilePds.StartAsync();
        var calls = Channel.CreateUnbounded<(string Id, string Timestamp, string Signature)>();
        receiver.On("/hook", Reply.By(async context =>
        {
            string Header(string name) => context.Request.Headers[name].ToString();
            await calls.Writer.WriteAsync((Header("Migrator-Id"), Header("Migrator-Timestamp"), Header("Migrator-Signature")), Ct);
        }));
        await using var engine = await StartAsync(test, receiver, allow: true);

        var id = await test.AddStartedAsync();
        var run = await engine.Runner.NextAsync(Ct);
        await test.Store.SaveAsync(run.Lease, new MigrationProgress { State = MigrationState.Copying }, null, [], null, Ct);
        run.End();

        var first = await calls.Reader.ReadAsync(Ct).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Ct);
        var second = await calls.Reader.ReadAsync(Ct).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Ct);
        var body = receiver.Requests[1].Body;
        Assert.NotEqual(first.Id, second.Id);
        byte[] signed = [.. Encoding.UTF8.GetBytes(second.Timestamp + "."), .. body];
        Assert.Equal("v1=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), signed)), second.Signature);
        var now = TimeProvider.System.GetUtcNow();
        var sentAt = DateTimeOffset.FromUnixTimeSeconds(long.Parse(second.Timestamp, CultureInfo.InvariantCulture));
        Assert.InRange(sentAt, now.AddMinutes(-5), now);
        using var json = JsonDocument.Parse(body);
        Assert.Equal(id.ToString(), json.RootElement.GetProperty("migration").GetString());
        Assert.Equal("Copying", json.RootElement.GetProperty("state").GetString());
        await WaitAsync(test, "SELECT count(*) FROM outbox WHERE next_at IS NULL AND sent_at IS NOT NULL", 2);
        Assert.Equal(2, receiver.CountOf("/hook"));
    }

    [Fact]
    public async Task A_receiver_in_trouble_is_tried_again_and_given_up_at_the_end()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres);
        await using var receiver = await HostilePds.StartAsync();
        receiver.On("/hook", Reply.Html(502));
        await using var engine = await StartAsync(test, receiver, allow: true, ("Migrator:Webhook:Tries", "3"));
        await test.AddStartedAsync();

        for (var tries = 1; tries <= 3; tries++)
        {
            await WaitAsync(test, $"SELECT count(*) FROM outbox WHERE attempts = {tries} AND last_error = 'The receiver answered 502.'", 1);
            await test.ExecuteAsync("UPDATE outbox SET next_at = now_ms() WHERE next_at IS NOT NULL");
        }

        await WaitAsync(test, "SELECT count(*) FROM outbox WHERE next_at IS NULL AND sent_at IS NULL", 1);
        Assert.Equal(3, receiver.CountOf("/hook"));
    }

    [Fact]
    public async Task Whatever_goes_wrong_in_sending_is_a_failed_try_and_the_program_goes_on()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres);
        await using var receiver = await HostilePds.StartAsync();
        receiver.On("/hook", Reply.Empty());
        await using var engine = await StartAsync(test, receiver, allow: true, ("Migrator:Webhook:Tries", "2"));
        await test.AddStartedAsync();
        await WaitAsync(test, "SELECT count(*) FROM outbox WHERE sent_at IS NOT NULL", 1);

        // A folder in the place of the secret's file: reading it is refused, with an exception that no sender expects.
        var secret = Path.Combine(test.Options.Data, "webhook.secret");
        File.Delete(secret);
        Directory.CreateDirectory(secret);
        await test.AddStartedAsync("did:plc:z72i7hdynmk6r22z27h6tvur");
        await WaitAsync(test, "SELECT count(*) FROM outbox WHERE attempts = 1 AND last_error LIKE '%UnauthorizedAccessException%'", 1);
        await test.ExecuteAsync("UPDATE outbox SET next_at = now_ms() WHERE next_at IS NOT NULL");
        await WaitAsync(test, "SELECT count(*) FROM outbox WHERE next_at IS NULL AND sent_at IS NULL AND attempts = 2", 1);

        Directory.Delete(secret);
        await File.WriteAllTextAsync(secret, Secret, Ct);
        await test.AddStartedAsync("did:plc:ragtjsm2j2vknwkz3zp4oxrd");
        await WaitAsync(test, "SELECT count(*) FROM outbox WHERE sent_at IS NOT NULL", 2);
    }

    [Fact]
    public async Task A_receiver_on_a_private_address_is_not_called_unless_the_settings_allow_it()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres);
        await using var receiver = await HostilePds.StartAsync();
        receiver.On("/hook", Reply.Empty());
        await using var engine = await StartAsync(test, receiver, allow: false);
        await test.AddStartedAsync();

        await WaitAsync(test, "SELECT count(*) FROM outbox WHERE last_error LIKE '%AllowPrivate%'", 1);

        Assert.Empty(receiver.Requests);
    }

    [Fact]
    public async Task Without_a_receiver_nothing_piles_up()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres);
        await using var engine = await TestEngine.StartAsync(test.Options);
        var requests = Assert.IsType<MigrationRequests>(engine.Services.GetService(typeof(MigrationRequests)));
        var draft = await requests.CreateAsync("local", TestDatabase.StartedRequest() with { StartedAt = null }, Ct);

        await requests.UpdateAsync("local", draft.Id, 1, TestDatabase.StartedRequest(), new AuditEntry("local", "migration.start"), Ct);

        Assert.Equal(0, await test.SingleAsync<long>("SELECT count(*) FROM outbox"));
    }

    [Fact]
    public void Pauses_grow_to_four_hours()
    {
        Assert.Equal(
            [10, 30, 90, 270, 810, 2430, 7290, 14400, 14400],
            ((int[])[1, 2, 3, 4, 5, 6, 7, 8, 50]).Select(attempts => (int)OutboxSender.PauseAfter(attempts).TotalSeconds));
    }

    private static async Task<TestEngine> StartAsync(TestDatabase test, HostilePds receiver, bool allow, params (string, string)[] more)
    {
        var secret = Path.Combine(test.Options.Data, "webhook.secret");
        await File.WriteAllTextAsync(secret, Secret + "\n", Ct);
        return await TestEngine.StartAsync(
            test.Options,
            [
                ("Migrator:Webhook:Url", new Uri(receiver.Url, "/hook").ToString()),
                ("Migrator:Webhook:Secret_FILE", secret),
                ("Migrator:Webhook:PollSeconds", "1"),
                ("Migrator:Network:AllowPrivate:0", allow ? "127.0.0.1:*" : "127.0.0.1:1"),
                .. more,
            ]);
    }

    /// <summary>Waits until a count in the database is what it should become; fails the test when it does not.</summary>
    private static async Task WaitAsync(TestDatabase test, string sql, long count)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (await test.SingleAsync<long>(sql) != count)
            await Task.Delay(50, patience.Token);
    }
}
