using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Testing;
using Migrator.Testing.Faults;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Xrpc;

public sealed class SessionTests
{
    private const string Refresh = "com.atproto.server.refreshSession";
    private const string Status = "com.atproto.server.getSession";
    private const string Import = "com.atproto.repo.importRepo";
    private const string StatusJson = """{"did":"did:plc:ewvi7nxzyoun6zhxrhs64oiz","handle":"alice.test"}""";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_that_fail_together_refresh_once()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Status, TestPds.ForToken("new", StatusJson)).On(Refresh, Reply.Json(TestPds.SessionJson("new", "r2")));
        var vault = new MemorySessionVault(TestPds.Tokens("old", "r1"));
        var clients = Enumerable.Range(0, 8).Select(_ => pds.SignedIn(vault)).ToArray();

        var results = await Task.WhenAll(clients.Select(client => client.GetSessionAsync(Cancel)));

        Assert.All(results, result => Assert.True(result.IsOk));
        Assert.Equal(1, pds.Server.CountOf(Refresh));
        Assert.Equal("Bearer r1", pds.Server.Requests.Single(request => request.Name == Refresh).Authorization);
        Assert.Equal(("new", "r2"), (vault.Written.Single().AccessJwt, vault.Written.Single().RefreshJwt));
    }

    [Fact]
    public async Task The_new_pair_is_in_the_vault_before_it_is_used()
    {
        await using var pds = await TestPds.StartAsync();
        var vault = new MemorySessionVault(TestPds.Tokens("old", "r1"));
        var writtenWhenUsed = -1;
        pds.Server.On(Refresh, Reply.Json(TestPds.SessionJson("new", "r2")));
        pds.Server.On(Status, Reply.Error(400, "ExpiredToken", "Token has expired"), Reply.By(async context =>
        {
            writtenWhenUsed = vault.Written.Count;
            await Reply.Json(StatusJson).Answer(context);
        }));

        Assert.True((await pds.SignedIn(vault).GetSessionAsync(Cancel)).IsOk);
        Assert.Equal(1, writtenWhenUsed);
    }

    [Fact]
    public async Task Tokens_that_somebody_else_replaced_are_looked_up_when_the_remembered_ones_are_called_old()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Status, TestPds.ForToken("first", StatusJson));
        var vault = new MemorySessionVault(TestPds.Tokens("first", "r1"));
        var client = pds.SignedIn(vault);
        Assert.True((await client.GetSessionAsync(Cancel)).IsOk);

        await vault.WriteAsync(TestPds.Tokens("second", "r2"), Cancel);
        pds.Server.On(Status, TestPds.ForToken("second", StatusJson));

        Assert.True((await client.GetSessionAsync(Cancel)).IsOk);
        Assert.Equal(0, pds.Server.CountOf(Refresh));
    }

    [Fact]
    public async Task Remembered_tokens_are_read_again_after_five_seconds()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Status, TestPds.ForToken("first", StatusJson));
        var vault = new MemorySessionVault(TestPds.Tokens("first", "r1"));
        var client = pds.SignedIn(vault);
        Assert.True((await client.GetSessionAsync(Cancel)).IsOk);
        await vault.WriteAsync(TestPds.Tokens("second", "r2"), Cancel);
        pds.Server.On(Status, TestPds.ForToken("second", StatusJson));
        pds.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.True((await client.GetSessionAsync(Cancel)).IsOk);
        Assert.Equal(2, pds.Server.CountOf(Status));
    }

    [Theory]
    [InlineData(400, "ExpiredToken")]
    [InlineData(400, "InvalidToken")]
    [InlineData(401, "AuthenticationRequired")]
    [InlineData(401, "AccountTakedown")]
    public async Task A_refused_refresh_ends_the_session_and_is_not_asked_for_again(int status, string name)
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Status, TestPds.ForToken("none", "{}")).On(Refresh, Reply.Error(status, name, "no"));
        var vault = new MemorySessionVault(TestPds.Tokens("old", "r1"));

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => pds.SignedIn(vault).GetSessionAsync(Cancel)));

        Assert.All(results, result => Assert.Equal(XrpcFailure.SessionLost, result.Error.Failure));
        Assert.Equal(1, pds.Server.CountOf(Refresh));
        Assert.Empty(vault.Written);
    }

    [Fact]
    public async Task Trouble_while_refreshing_does_not_end_the_session()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Status, TestPds.ForToken("new", StatusJson))
            .On(Refresh, Reply.Html(502), Reply.Json(TestPds.SessionJson("new", "r2")));
        var client = pds.SignedIn(new MemorySessionVault(TestPds.Tokens("old", "r1")));

        Assert.Equal(XrpcFailure.ServerTrouble, (await client.GetSessionAsync(Cancel)).Error.Failure);
        Assert.True((await client.GetSessionAsync(Cancel)).IsOk);
    }

    [Fact]
    public async Task A_session_of_another_account_is_not_taken()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Status, TestPds.ForToken("new", StatusJson))
            .On(Refresh, Reply.Json(TestPds.SessionJson("new", "r2", "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa")));
        var vault = new MemorySessionVault(TestPds.Tokens("old", "r1"));

        Assert.Equal(XrpcFailure.Unreadable, (await pds.SignedIn(vault).GetSessionAsync(Cancel)).Error.Failure);
        Assert.Empty(vault.Written);
    }

    [Fact]
    public async Task A_fresh_token_that_is_called_expired_ends_the_session()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Status, TestPds.ForToken("never", "{}")).On(Refresh, Reply.Json(TestPds.SessionJson("new", "r2")));

        var result = await pds.SignedIn(new MemorySessionVault(TestPds.Tokens("old", "r1"))).GetSessionAsync(Cancel);

        Assert.Equal(XrpcFailure.SessionLost, result.Error.Failure);
        Assert.Equal(1, pds.Server.CountOf(Refresh));
    }

    [Fact]
    public async Task An_app_passwords_lack_of_rights_is_no_reason_to_refresh()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Import, Reply.Error(400, "InvalidToken", "Bad token scope"));
        var client = pds.SignedIn(new MemorySessionVault(TestPds.Tokens("app", "r1")));

        var error = (await client.ImportRepoAsync(new MemoryStream([1]), 1, Cancel)).Error;

        Assert.Equal((XrpcFailure.Refused, "InvalidToken"), (error.Failure, error.Name));
        Assert.Equal(0, pds.Server.CountOf(Refresh));
    }

    [Fact]
    public async Task An_old_mailed_code_is_not_taken_for_an_old_session()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On("com.atproto.identity.signPlcOperation", Reply.Error(400, "ExpiredToken", "Token is expired"))
            .On(Refresh, Reply.Json(TestPds.SessionJson("new", "r2")));
        var client = pds.SignedIn(new MemorySessionVault(TestPds.Tokens("old", "r1")));

        var error = (await client.SignPlcOperationAsync(new SignPlcRequest("aaaaa-bbbbb"), Cancel)).Error;

        Assert.Equal((XrpcFailure.Refused, "ExpiredToken"), (error.Failure, error.Name));
    }

    [Fact]
    public async Task Nobody_signed_in_means_no_call()
    {
        await using var pds = await TestPds.StartAsync();

        var error = (await pds.SignedIn(new MemorySessionVault(null)).GetSessionAsync(Cancel)).Error;

        Assert.Equal(XrpcFailure.SessionLost, error.Failure);
        Assert.Empty(pds.Server.Requests);
    }

    [Fact]
    public async Task A_body_that_can_be_rewound_is_sent_again_whole()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Import, TestPds.ForToken("new", "")).On(Refresh, Reply.Json(TestPds.SessionJson("new", "r2")));
        var client = pds.SignedIn(new MemorySessionVault(TestPds.Tokens("old", "r1")));

        Assert.True((await client.ImportRepoAsync(new MemoryStream([1, 2, 3]), 3, Cancel)).IsOk);

        Assert.Equal([1, 2, 3], pds.Server.Requests.Last(request => request.Name == Import).Body);
    }

    [Fact]
    public async Task A_body_that_cannot_be_rewound_refreshes_and_asks_the_caller_to_send_again()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Import, TestPds.ForToken("new", "")).On(Refresh, Reply.Json(TestPds.SessionJson("new", "r2")));
        var vault = new MemorySessionVault(TestPds.Tokens("old", "r1"));

        var error = (await pds.SignedIn(vault).ImportRepoAsync(new ForwardOnly([1, 2, 3]), 3, Cancel)).Error;

        Assert.True(error.IsTransient);
        Assert.Equal("new", vault.Written.Single().AccessJwt);
        Assert.Equal(1, pds.Server.CountOf(Import));
    }

    [Fact]
    public async Task Before_a_body_that_cannot_be_rewound_a_token_that_ends_soon_is_replaced()
    {
        await using var pds = await TestPds.StartAsync();
        var now = pds.Time.GetUtcNow().ToUnixTimeSeconds();
        var old = TestPds.Jwt($$"""{"iat":{{now - 7170}},"exp":{{now + 30}}}""");
        // By our clock this one ended long ago, but it has just come: our clock must be wrong.
        var fresh = TestPds.Jwt($$"""{"iat":{{now - 90000}},"exp":{{now - 82800}}}""");
        pds.Server.On(Import, TestPds.ForToken(fresh, "")).On(Refresh, Reply.Json(TestPds.SessionJson(fresh, "r2")));
        var client = pds.SignedIn(new MemorySessionVault(TestPds.Tokens(old, "r1")));

        Assert.True((await client.ImportRepoAsync(new ForwardOnly([1]), 1, Cancel)).IsOk);
        Assert.True((await client.ImportRepoAsync(new ForwardOnly([2]), 1, Cancel)).IsOk);

        Assert.Equal(1, pds.Server.CountOf(Refresh));
        Assert.Equal(2, pds.Server.CountOf(Import));
    }

    [Theory]
    [InlineData("com.atproto.access", false)]
    [InlineData("com.atproto.appPass", true)]
    [InlineData("com.atproto.appPassPrivileged", true)]
    public async Task An_app_password_is_known_by_its_scope(string scope, bool isAppPassword)
    {
        await using var pds = await TestPds.StartAsync();
        var access = TestPds.Jwt($$"""{"scope":"{{scope}}","sub":"did:plc:x"}""");
        pds.Server.On("com.atproto.server.createSession", Reply.Json(TestPds.SessionJson(access, "r")));

        var session = (await pds.Anonymous.CreateSessionAsync("alice.test", "pw", " code-1 ", Cancel)).Value;

        Assert.Equal(isAppPassword, session.IsAppPassword);
        Assert.Equal(Handle.Parse("alice.test"), session.Handle);
        var sent = System.Text.Encoding.UTF8.GetString(pds.Server.Requests.Single().Body);
        Assert.Equal("""{"identifier":"alice.test","password":"pw","authFactorToken":"code-1"}""", sent);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b.c")]
    [InlineData("only.two")]
    [InlineData("e30.W10.x")]
    [InlineData("e30.eyJzY29wZSI6N30.x")]
    [InlineData("e30.eyJleHAiOjFlOTl9.x")]
    [InlineData("e30.!!!!.x")]
    public void A_token_that_says_nothing_readable_is_no_app_password(string jwt)
    {
        var claims = AccessTokenClaims.Read(jwt);

        Assert.False(claims.IsAppPassword);
        Assert.Null(claims.ExpiresAt);
    }

    [Fact]
    public void Nothing_that_holds_a_secret_prints_it()
    {
        var tokens = TestPds.Tokens("s3cret-access", "s3cret-refresh");
        object[] holders =
        [
            tokens,
            new OpenedSession(tokens, null, null, true, null, false),
            new CreateAccount(TestPds.Alice, Handle.Parse("a.test"), "a@b.c", "s3cret-password", "s3cret-invite"),
            new SignPlcRequest("s3cret-code"),
            XrpcCall.Query(new Uri("https://a.test"), "x.y.z", ("p", "s3cret")) with { Bearer = "s3cret" },
        ];

        Assert.All(holders, holder => Assert.DoesNotContain("s3cret", holder.ToString(), StringComparison.Ordinal));
    }
}
