using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Migrations;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Tests.Engine;
using Migrator.Testing.Faults;
using Migrator.Testing.Notifications;
using Xunit;

namespace Migrator.Jobs.Tests.Migrations;

/// <summary>
/// The watch over a moved or restored identity, with the real outbox, a receiver of its webhook and a mail server. The directory is scripted.
/// </summary>
public sealed class IdentityWatcherTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Each_change_after_a_restore_is_told_once_by_webhook_and_by_mail_and_what_Migrator_itself_does_is_not(
        DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await using var world = await World.StartAsync();
        using var identity = new Identity(world.Directory);
        var ours = identity.Change("restored.example.com");
        var id = await AddAsync(test, identity, MigrationState.Completed, Ended(ours, TimeProvider.System.GetUtcNow()));
        await using var engine = await TestEngine.StartAsync(test.Options, world.Settings(test));
        // Many workers look at one database.
        await using var second = provider == DatabaseProvider.Postgres
            ? await TestEngine.StartAsync(test.Options, world.Settings(test))
            : null;

        var theirs = identity.Change("thief.example.com");
        using (var hook = await world.NextHookAsync())
        {
            Assert.Equal("identity.changed", hook.RootElement.GetProperty("kind").GetString());
            Assert.Equal(id.ToString(), hook.RootElement.GetProperty("migration").GetString());
            Assert.Equal(identity.Did.ToString(), hook.RootElement.GetProperty("did").GetString());
            Assert.True(hook.RootElement.GetProperty("needsThePerson").GetBoolean());
            Says(hook, theirs);
        }

        var mail = await world.Mail.NextAsync(Ct);
        Assert.Contains("Subject: Migrator: the identity of your account was changed", mail, StringComparison.Ordinal);
        Assert.Contains("To: owner@example.com", mail, StringComparison.Ordinal);
        Assert.Contains(theirs.Cid.ToString(), SmtpSink.TextOf(mail), StringComparison.Ordinal);
        Assert.Contains("begin a restore of the account", SmtpSink.TextOf(mail), StringComparison.Ordinal);

        // Home says it too, while something can be done about it.
        var listed = await engine.Services.GetRequiredService<IMigrationService>().ListAsync(TestDatabase.Owner, Ct);
        Assert.Contains(theirs.Cid.ToString(), Assert.Single(listed).IdentityWarning, StringComparison.Ordinal);

        // The owner restores again, with this Migrator: its own operations are no news. Whoever comes after them is.
        var claim = identity.Sign("restored.example.com");
        await AddAsync(test, identity, MigrationState.Copying, new MigrationProgress
        {
            State = MigrationState.Copying,
            Restore = new RestoreFacts { Claim = Stored(claim) },
        });
        identity.Show(claim);
        await world.LooksAsync(identity, 3);
        var again = identity.Change("thief.example.org");
        using (var hook = await world.NextHookAsync())
            Says(hook, again);
        Assert.Contains(again.Cid.ToString(), SmtpSink.TextOf(await world.Mail.NextAsync(Ct)), StringComparison.Ordinal);
        Assert.False(world.Mail.HasAny);
        Assert.Equal(2, await test.SingleAsync<long>("SELECT count(*) FROM audit WHERE action = 'identity.changed'"));
    }

    [Fact]
    public async Task After_72_hours_nobody_looks_any_more_and_without_a_webhook_the_mail_still_goes_out()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres);
        await using var world = await World.StartAsync();
        using var young = new Identity(world.Directory);
        using var old = new Identity(world.Directory);
        var now = TimeProvider.System.GetUtcNow();
        await AddAsync(test, old, MigrationState.Completed, Ended(old.Change("old.example.com"), now.AddHours(-73)));
        await AddAsync(test, young, MigrationState.Completed, Ended(young.Change("young.example.com"), now.AddHours(-71)));
        old.Change("thief.example.com");
        var told = young.Change("thief.example.com");
        await using var engine = await TestEngine.StartAsync(
            test.Options,
                [.. world.Settings(test).Where(setting => !setting.Key.StartsWith("Migrator:Webhook:Url", StringComparison.Ordinal))]);

        Assert.Contains(told.Cid.ToString(), SmtpSink.TextOf(await world.Mail.NextAsync(Ct)), StringComparison.Ordinal);
        await world.LooksAsync(young, 2);
        Assert.Equal(0, world.Directory.CountOf(old.LogPath));
        Assert.Equal(0, await test.SingleAsync<long>("SELECT count(*) FROM outbox WHERE channel = 'webhook'"));
    }

    [Fact]
    public async Task A_move_is_watched_too_for_an_old_server_could_strike_it_out()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres);
        await using var world = await World.StartAsync();
        using var identity = new Identity(world.Directory);
        var ours = identity.Change("moved.example.com");
        await AddAsync(
            test, identity, MigrationState.Completed, Ended(ours, TimeProvider.System.GetUtcNow()) with { Restore = null }, moved: true);
        await using var engine = await TestEngine.StartAsync(test.Options, world.Settings(test));

        var theirs = identity.Change("first.example.com");

        using var hook = await world.NextHookAsync();
        Says(hook, theirs);
        Assert.Contains("on the old one", hook.RootElement.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_that_is_away_or_lies_is_asked_again_and_stops_nothing()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres);
        await using var world = await World.StartAsync();
        using var identity = new Identity(world.Directory);
        await AddAsync(test, identity, MigrationState.Completed,
            Ended(identity.Change("restored.example.com"), TimeProvider.System.GetUtcNow()));
        world.Directory.On(identity.LogPath, Reply.Html(502), Reply.Json("""{"not":"a log"}"""), Reply.Error(404, "NotFound", "never heard of it"));
        await using var engine = await TestEngine.StartAsync(test.Options, world.Settings(test));
        await world.LooksAsync(identity, 4);

        var told = identity.Change("thief.example.com");
        using var hook = await world.NextHookAsync();
        Says(hook, told);
    }

    private static void Says(JsonDocument hook, SignedPlcOperation operation) =>
        Assert.Contains(operation.Cid.ToString(), hook.RootElement.GetProperty("message").GetString(), StringComparison.Ordinal);

    private static SignedOperation Stored(SignedPlcOperation operation) =>
        new(operation.Cid, operation.Prev!.Value.ToString(), operation.ToJson(), []);

    private static MigrationProgress Ended(SignedPlcOperation ours, DateTimeOffset at) => new()
    {
        State = MigrationState.Completed,
        Cutover = new CutoverFacts { Operation = Stored(ours), SubmittedAt = at, AcceptedAt = at },
        Restore = new RestoreFacts(),
    };

    /// <summary>A restore, or a move, that stands where it is said, as if it had been run here.</summary>
    private static async Task<MigrationId> AddAsync(
        TestDatabase test, Identity identity, MigrationState state, MigrationProgress progress, bool moved = false)
    {
        var request = TestDatabase.StartedRequest(identity.Did.ToString()) with { StartedAt = null, Restore = moved ? null : new RestoreRequest() };
        var made = await test.Requests.CreateAsync(TestDatabase.Owner, request, Ct);
        await test.ExecuteAsync(
            "UPDATE migration SET state = @State, progress = @Progress WHERE id = @Id",
            new { State = state.ToString(), Progress = MigrationJson.Write(progress), Id = made.Id.ToString() });
        return made.Id;
    }

    /// <summary>An identity and its log, which the scripted directory shows as it stands.</summary>
    private sealed class Identity : IDisposable
    {
        private readonly PrivateKey _key = PrivateKey.Generate(KeyCurve.K256);
        private readonly HostilePds _directory;
        private readonly JsonArray _log = [];
        private SignedPlcOperation _head;

        public Identity(HostilePds directory)
        {
            _directory = directory;
            var first = new PlcOperation(Body("first.example.com"), null).Sign(_key);
            Did = first.DeriveDid();
            _head = first;
            Show(first);
        }

        public Did Did { get; }

        public string LogPath => $"/{Did}/log/audit";

        /// <summary>One more operation, in the log at once.</summary>
        public SignedPlcOperation Change(string handle)
        {
            var operation = Sign(handle);
            Show(operation);
            return operation;
        }

        /// <summary>The next operation, not in the log yet.</summary>
        public SignedPlcOperation Sign(string handle) => new PlcOperation(Body(handle), _head.Cid).Sign(_key);

        public void Show(SignedPlcOperation operation)
        {
            _head = operation;
            _log.Add(new JsonObject
            {
                ["did"] = Did.ToString(),
                ["operation"] = JsonObject.Create(operation.ToJson()),
                ["cid"] = operation.Cid.ToString(),
                ["nullified"] = false,
                ["createdAt"] = TimeProvider.System.GetUtcNow()
                .UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            });
            _directory.On(LogPath, Reply.Json(_log.ToJsonString()));
        }

        public void Dispose() => _key.Dispose();

        private PlcOperationBody Body(string handle) => new()
        {
            RotationKeys = [_key.PublicKey.DidKey],
            VerificationMethods = new Dictionary<string, string> { ["atproto"] = _key.PublicKey.DidKey },
            AlsoKnownAs = [$"at://{handle}"],
            Services = new Dictionary<string, ServiceEntry> { ["atproto_pds"] = new("AtprotoPersonalDataServer", "https://new.example") },
        };
    }

    /// <summary>The directory, and who hears of it.</summary>
    private sealed class World : IAsyncDisposable
    {
        private readonly Channel<byte[]> _hooks = Channel.CreateUnbounded<byte[]>();

        private World(HostilePds directory) => Directory = directory;

        public HostilePds Directory { get; }

        public SmtpSink Mail { get; } = SmtpSink.Start();

        public static async Task<World> StartAsync()
        {
            var world = new World(await HostilePds.StartAsync());
            world.Directory.On("/hook", Reply.By(async context =>
            {
                Assert.StartsWith("v1=", context.Request.Headers["Migrator-Signature"].ToString(), StringComparison.Ordinal);
                await world._hooks.Writer.WriteAsync(world.Directory.Requests.Last(request => request.Name == "/hook").Body, Ct);
            }));
            return world;
        }

        public (string Key, string Value)[] Settings(TestDatabase test)
        {
            var secret = Path.Combine(test.Options.Data, "webhook.secret");
            File.WriteAllText(secret, "a secret of the receiver");
            return
            [
                ("Migrator:Webhook:Url", new Uri(Directory.Url, "/hook").ToString()), ("Migrator:Webhook:Secret_FILE", secret),
                ("Migrator:Smtp:To", "owner@example.com"), ("Migrator:Plc:Url", Directory.Url.ToString()),
                ("Migrator:Move:WatchEvery", "00:00:01"),
                ("Migrator:Network:AllowPrivate:0", "127.0.0.1:*"), ("Migrator:Network:RetryDelay", "00:00:00"), .. Mail.Settings,
            ];
        }

        public async Task<JsonDocument> NextHookAsync() =>
            JsonDocument.Parse(await _hooks.Reader.ReadAsync(Ct).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Ct));

        /// <summary>Until the log was asked for so many more times.</summary>
        public async Task LooksAsync(Identity identity, int times)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
            patience.CancelAfter(TimeSpan.FromSeconds(60));
            for (var before = Directory.CountOf(identity.LogPath); Directory.CountOf(identity.LogPath) < before + times;)
                await Task.Delay(50, patience.Token);
        }

        public async ValueTask DisposeAsync()
        {
            await Mail.DisposeAsync();
            await Directory.DisposeAsync();
        }
    }
}
