using System.Text.Json;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Parity;
using Migrator.Testing;
using Migrator.Testing.Faults;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Xrpc;

/// <summary>
/// Whatever bytes a server sends, the answer is a result and never an exception, because an exception counts as a mistake of ours.
/// </summary>
public sealed class HostileTextTests
{
    private const string Describe = "com.atproto.server.describeServer";
    private const string Preferences = "app.bsky.actor.getPreferences";
    private const string Create = "com.atproto.server.createSession";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"did":"\ud800"}""")]
    [InlineData("""{"did":"did:web:a.test","availableUserDomains":["\udc00"]}""")]
    [InlineData("""{"did":"did:web:a.test","links":{"termsOfService":"https://\ud800.test"}}""")]
    [InlineData("""{"did":"did:web:a.test","\ud800":1}""")]
    [InlineData("""{"\ud800":1,"did":"did:web:a.test","\ud800":1}""")]
    public async Task An_answer_with_half_a_surrogate_pair_is_unreadable(string json)
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Describe, Reply.Json(json));
        Assert.Equal(XrpcFailure.Unreadable, (await pds.Anonymous.DescribeServerAsync(Cancel)).Error.Failure);
    }

    [Fact]
    public async Task An_answer_that_is_not_utf8_is_unreadable()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Describe, Reply.Body(200, "application/json", [.. "{\"did\":\""u8, 0xff, .. "\"}"u8]));
        Assert.Equal(XrpcFailure.Unreadable, (await pds.Anonymous.DescribeServerAsync(Cancel)).Error.Failure);
    }

    [Theory]
    [InlineData("""{"error":"InvalidToken","message":"\ud800"}""")]
    [InlineData("""{"error":"\udfff","message":"no"}""")]
    [InlineData("""{"error":"A","error":"B","message":"no"}""")]
    public async Task An_error_with_half_a_surrogate_pair_is_its_status(string json)
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Create, Reply.Json(json, 400));

        var error = (await pds.Anonymous.CreateSessionAsync("alice.test", "pw", null, Cancel)).Error;

        Assert.Equal((XrpcFailure.Refused, 400, null), (error.Failure, error.Status, error.Name));
        Assert.Contains("400", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""[1]""")]
    [InlineData("""["text"]""")]
    [InlineData("""[null]""")]
    [InlineData("""[{"$type":7}]""")]
    [InlineData("""[{"no":"type"}]""")]
    [InlineData("""[{"$type":"a.b.c","text":"\ud800"}]""")]
    [InlineData("""{"$type":"a.b.c"}""")]
    [InlineData("null")]
    public async Task Preferences_of_another_shape_are_unreadable(string preferences)
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Preferences, Reply.Json($$"""{"preferences":{{preferences}}}"""));
        Assert.Equal(XrpcFailure.Unreadable, (await Owner(pds).GetPreferencesAsync(Cancel)).Error.Failure);
    }

    [Fact]
    public async Task Preferences_that_were_read_can_be_compared_and_written()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Preferences, Reply.Json("""{"preferences":[{"b":"\ud83d\ude00","$type":"a.b.c"}]}"""));

        var read = (await Owner(pds).GetPreferencesAsync(Cancel)).Value;

        Assert.Equal("""[{"$type":"a.b.c","b":"\uD83D\uDE00"}]""", System.Text.Encoding.UTF8.GetString(CanonicalJson.Write(read)));
    }

    [Theory]
    [InlineData("a\\nb")]
    [InlineData("a\\r\\nX-Evil: 1")]
    [InlineData("a b")]
    [InlineData("\\u00e9")]
    [InlineData("")]
    public async Task A_token_that_fits_in_no_header_is_not_taken(string token)
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Create, Reply.Json(TestPds.SessionJson(token, "r")), Reply.Json(TestPds.SessionJson("a", token)));
        pds.Server.On("com.atproto.server.getServiceAuth", Reply.Json($$"""{"token":"{{token}}"}"""));

        Assert.Equal(XrpcFailure.Unreadable, (await pds.Anonymous.CreateSessionAsync("a", "b", null, Cancel)).Error.Failure);
        Assert.Equal(XrpcFailure.Unreadable, (await pds.Anonymous.CreateSessionAsync("a", "b", null, Cancel)).Error.Failure);
        var signed = await Owner(pds).GetServiceAuthAsync("did:web:a.test", "a.b.c", DateTimeOffset.UnixEpoch, Cancel);
        Assert.Equal(XrpcFailure.Unreadable, signed.Error.Failure);
    }

    [Fact]
    public void A_token_with_half_a_surrogate_pair_is_an_opaque_one() =>
        Assert.Null(AccessTokenClaims.Read(TestPds.Jwt("""{"scope":"\ud800","exp":4000000000}""")).ExpiresAt);

    [Theory]
    [InlineData("https://xn--é.test")]
    [InlineData("https://xn--é.test:8443")]
    public void A_document_whose_host_has_no_ascii_form_names_no_server(string endpoint)
    {
        var did = Did.Parse("did:plc:ewvi7nxzyoun6zhxrhs64oiz");
        var service = $$"""{"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":"{{endpoint}}"}""";
        var document = DidDocument.TryRead(did, JsonElement.Parse($$"""{"id":"{{did}}","service":[{{service}}]}"""))!;
        Assert.Null(document.PdsEndpoint);
    }

    [Fact]
    public async Task A_redirect_to_a_host_without_an_ascii_form_is_not_followed()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On("/file", Reply.Redirect("https://xn--é.test/"));
        var call = XrpcCall.Get(new Uri(pds.Server.Url, "/file"), "file") with { MaxRedirects = 3 };

        Assert.Equal(XrpcFailure.Unreadable, (await pds.Get<XrpcClient>().ReadAsync(call, Cancel)).Error.Failure);
    }

    private static PdsClient Owner(TestPds pds) => pds.SignedIn(new MemorySessionVault(TestPds.Tokens("a", "r")));
}
