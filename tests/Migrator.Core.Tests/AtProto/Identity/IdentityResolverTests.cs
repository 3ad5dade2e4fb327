using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Syntax;
using Migrator.Testing.Faults;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Identity;

public sealed class IdentityResolverTests
{
    private static readonly Did Alice = Did.Parse("did:plc:ewvi7nxzyoun6zhxrhs64oiz");
    private static readonly Did Other = Did.Parse("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("alice.example.com")]
    [InlineData("  @Alice.Example.COM ")]
    [InlineData("at://alice.example.com/")]
    [InlineData("\u202aalice.example.com\u202c")]
    [InlineData("did:plc:ewvi7nxzyoun6zhxrhs64oiz")]
    [InlineData("at://did:plc:ewvi7nxzyoun6zhxrhs64oiz")]
    public async Task A_handle_or_did_that_leads_both_ways_is_found(string text)
    {
        await using var net = await TestIdentities.StartAsync();
        net.Dns($"did={Alice}").Document(Alice, "alice.example.com");

        var result = await net.Resolver.ResolveAsync(text, Cancel);

        Assert.Null(result.Problem);
        var identity = result.Identity!;
        Assert.Equal(Alice, identity.Did);
        Assert.Equal("alice.example.com", identity.VerifiedHandle.ToString());
        Assert.Equal(new Uri("https://pds.example.com"), identity.Pds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("alice")]
    [InlineData("alice@example.com")]
    [InlineData("did:plc:")]
    [InlineData("https://example.com")]
    public async Task Something_else_is_told_as_that(string text)
    {
        await using var net = await TestIdentities.StartAsync();

        Assert.Equal(IdentityProblem.BadSyntax, (await net.Resolver.ResolveAsync(text, Cancel)).Problem);
        Assert.Empty(net.Server.Requests);
    }

    [Theory]
    [InlineData("did:key:zQ3shXjHeiBuRCKmM36cuYnm7YEMzhGnCmCyW92sRJ9pribSF")]
    [InlineData("did:plc:short")]
    [InlineData("did:web:example.com:user")]
    [InlineData("did:web:example.com%3A8080")]
    [InlineData("did:web:127.0.0.1")]
    [InlineData("did:web:host.local")]
    public async Task Other_methods_and_forms_are_not_asked_for(string did)
    {
        await using var net = await TestIdentities.StartAsync();

        Assert.Equal(IdentityProblem.UnsupportedMethod, (await net.Resolver.ResolveAsync(did, Cancel)).Problem);
        Assert.Empty(net.Server.Requests);
    }

    [Fact]
    public async Task A_handle_whose_account_claims_another_is_a_mismatch()
    {
        await using var net = await TestIdentities.StartAsync();
        net.Dns($"did={Alice}").Document(Alice, "someone.else.com");

        var result = await net.Resolver.ResolveAsync("alice.example.com", Cancel);

        Assert.Equal(IdentityProblem.Mismatch, result.Problem);
        Assert.Contains("someone.else.com", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_did_whose_handle_leads_elsewhere_is_found_without_a_verified_handle()
    {
        await using var net = await TestIdentities.StartAsync();
        net.Dns($"did={Other}").Document(Alice, "alice.example.com");

        var identity = (await net.Resolver.ResolveAsync(Alice.ToString(), Cancel)).Identity!;

        Assert.Null(identity.VerifiedHandle);
        Assert.Equal("alice.example.com", identity.ClaimedHandle.ToString());
    }

    [Theory]
    [InlineData(404, "DID not registered: x", IdentityProblem.DidNotFound)]
    [InlineData(404, "DID not available: x", IdentityProblem.Tombstoned)]
    [InlineData(410, "gone", IdentityProblem.Tombstoned)]
    [InlineData(500, "oops", IdentityProblem.Unreachable)]
    [InlineData(429, "slow down", IdentityProblem.Unreachable)]
    public async Task What_the_directory_says_is_told_apart(int status, string message, IdentityProblem problem)
    {
        await using var net = await TestIdentities.StartAsync();
        net.Server.On($"/plc.example/{Alice}", Reply.Json($$"""{"message":"{{message}}"}""", status));

        Assert.Equal(problem, (await net.Resolver.ResolveAsync(Alice.ToString(), Cancel)).Problem);
    }

    [Fact]
    public async Task A_document_about_another_did_is_refused()
    {
        await using var net = await TestIdentities.StartAsync();
        net.Server.On($"/plc.example/{Alice}", Reply.Json(TestIdentities.DocumentJson(Other.ToString(), null)));

        Assert.Equal(IdentityProblem.BadDocument, (await net.Resolver.ResolveAsync(Alice.ToString(), Cancel)).Problem);
    }

    [Fact]
    public async Task A_document_larger_than_64_kibibytes_is_refused()
    {
        await using var net = await TestIdentities.StartAsync();
        net.Server.On($"/plc.example/{Alice}", Reply.Endless("application/json", "{"u8.ToArray()));

        Assert.Equal(IdentityProblem.BadDocument, (await net.Resolver.ResolveAsync(Alice.ToString(), Cancel)).Problem);
    }

    [Theory]
    [InlineData("", IdentityProblem.NoPds)]
    [InlineData("https://pds.example.com/xrpc", IdentityProblem.NoPds)]
    public async Task A_document_without_a_usable_server_is_told_as_that(string pds, IdentityProblem problem)
    {
        await using var net = await TestIdentities.StartAsync();
        net.Dns().Document(Alice, null, pds);

        Assert.Equal(problem, (await net.Resolver.ResolveAsync(Alice.ToString(), Cancel)).Problem);
    }

    [Fact]
    public async Task A_document_without_a_key_is_told_as_that()
    {
        await using var net = await TestIdentities.StartAsync();
        var document = TestIdentities.DocumentJson(Alice.ToString(), null).Replace("Multikey", "Other", StringComparison.Ordinal);
        net.Server.On($"/plc.example/{Alice}", Reply.Json(document));

        Assert.Equal(IdentityProblem.NoSigningKey, (await net.Resolver.ResolveAsync(Alice.ToString(), Cancel)).Problem);
    }

    [Fact]
    public async Task A_did_web_is_read_from_its_host_and_no_redirect_is_followed()
    {
        await using var net = await TestIdentities.StartAsync();
        net.Dns("did=did:web:example.com");
        net.Server.On("/example.com/.well-known/did.json", Reply.Json(TestIdentities.DocumentJson("did:web:example.com", "example.com")));
        net.Server.On("/moved.example.com/.well-known/did.json", Reply.Redirect("https://example.com/.well-known/did.json"));

        Assert.Equal("example.com", (await net.Resolver.ResolveAsync("did:web:example.com", Cancel)).Identity!.VerifiedHandle.ToString());
        Assert.Equal(IdentityProblem.BadDocument, (await net.Resolver.ResolveAsync("did:web:moved.example.com", Cancel)).Problem);
    }
}
