using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Syntax;
using Migrator.Testing.Faults;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Identity;

public sealed class HandleResolverTests
{
    private const string First = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
    private const string Second = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";
    private static readonly Handle Alice = Handle.Parse("alice.example.com");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_dns_counts_before_the_file()
    {
        await using var net = await TestIdentities.StartAsync();
        net.Dns("v=spf1", $"did={First}").WellKnown("alice.example.com", Text(Second));

        Assert.Equal(First, (await net.Handles.ResolveAsync(Alice, Cancel)).Did.ToString());
    }

    [Fact]
    public async Task The_file_counts_when_the_dns_has_nothing()
    {
        await using var net = await TestIdentities.StartAsync();
        net.Dns().WellKnown("alice.example.com", Text($"  {Second} \r\nmore"));

        Assert.Equal(Second, (await net.Handles.ResolveAsync(Alice, Cancel)).Did.ToString());
    }

    [Fact]
    public async Task The_file_counts_when_the_dns_cannot_be_asked()
    {
        await using var net = await TestIdentities.StartAsync();
        net.Server.On("/dns.example/dns-query", Reply.Html(502));
        net.WellKnown("alice.example.com", Text(Second));

        Assert.Equal(Second, (await net.Handles.ResolveAsync(Alice, Cancel)).Did.ToString());
    }

    [Fact]
    public async Task A_dns_that_cannot_be_asked_leaves_it_open_whether_the_handle_exists()
    {
        await using var net = await TestIdentities.StartAsync();
        net.Server.On("/dns.example/dns-query", Reply.Html(502));
        net.WellKnown("alice.example.com", Reply.Empty(404));

        Assert.Equal(HandleOutcome.Unreachable, (await net.Handles.ResolveAsync(Alice, Cancel)).Outcome);
    }

    [Fact]
    public async Task Two_records_are_one_too_many()
    {
        await using var net = await TestIdentities.StartAsync();
        net.Dns($"did={First}", $"did={Second}").WellKnown("alice.example.com", Reply.Empty(404));

        Assert.Equal(HandleOutcome.Ambiguous, (await net.Handles.ResolveAsync(Alice, Cancel)).Outcome);
    }

    [Theory]
    [InlineData("did=not-a-did")]
    [InlineData("DID=did:plc:ewvi7nxzyoun6zhxrhs64oiz")]
    [InlineData("did:plc:ewvi7nxzyoun6zhxrhs64oiz")]
    [InlineData(" did=did:plc:ewvi7nxzyoun6zhxrhs64oiz")]
    public async Task A_record_of_another_form_does_not_count(string text)
    {
        await using var net = await TestIdentities.StartAsync();
        net.Dns(text).WellKnown("alice.example.com", Reply.Empty(404));

        Assert.Equal(HandleOutcome.NotFound, (await net.Handles.ResolveAsync(Alice, Cancel)).Outcome);
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("")]
    [InlineData("\ndid:plc:ewvi7nxzyoun6zhxrhs64oiz")]
    public async Task A_file_of_another_form_does_not_count(string text)
    {
        await using var net = await TestIdentities.StartAsync();
        net.Dns().WellKnown("alice.example.com", Text(text));

        Assert.Equal(HandleOutcome.NotFound, (await net.Handles.ResolveAsync(Alice, Cancel)).Outcome);
    }

    [Fact]
    public async Task The_file_may_be_somewhere_else_a_few_steps_away()
    {
        await using var net = await TestIdentities.StartAsync();
        net.Dns().WellKnown("alice.example.com", Reply.Redirect("https://www.example.com/a"));
        net.Server.On("/www.example.com/a", Reply.Redirect("/b")).On("/www.example.com/b", Text(First));

        Assert.Equal(First, (await net.Handles.ResolveAsync(Alice, Cancel)).Did.ToString());
    }

    [Fact]
    public async Task Redirects_without_end_or_away_from_https_are_not_followed()
    {
        await using var net = await TestIdentities.StartAsync();
        net.Dns().WellKnown("alice.example.com", Reply.Redirect("https://alice.example.com/.well-known/atproto-did"));
        net.WellKnown("plain.example.com", Reply.Redirect("http://inside.example.com/a"));

        Assert.Equal(HandleOutcome.NotFound, (await net.Handles.ResolveAsync(Alice, Cancel)).Outcome);
        Assert.Equal(4, net.Server.CountOf("/alice.example.com/.well-known/atproto-did"));
        Assert.Equal(HandleOutcome.NotFound, (await net.Handles.ResolveAsync(Handle.Parse("plain.example.com"), Cancel)).Outcome);
        Assert.Equal(0, net.Server.CountOf("/inside.example.com/a"));
    }

    [Fact]
    public async Task A_file_without_end_is_cut()
    {
        await using var net = await TestIdentities.StartAsync();
        net.Dns().WellKnown("alice.example.com", Reply.Endless("text/plain"));

        Assert.Equal(HandleOutcome.NotFound, (await net.Handles.ResolveAsync(Alice, Cancel)).Outcome);
    }

    [Fact]
    public async Task Nobody_is_waited_for_longer_than_the_limit()
    {
        await using var net = await TestIdentities.StartAsync();
        var asked = new TaskCompletionSource();
        net.WellKnown("alice.example.com", Reply.Empty(404));
        net.Server.On("/dns.example/dns-query", Reply.By(async context =>
        {
            asked.SetResult();
            await Reply.Silence().Answer(context);
        }));

        var call = net.Handles.ResolveAsync(Alice, Cancel);
        await asked.Task;
        net.Time.Advance(TimeSpan.FromSeconds(11));

        Assert.Equal(HandleOutcome.Unreachable, (await call).Outcome);
    }

    [Fact]
    public async Task Handles_under_test_are_asked_of_the_listed_servers_alone()
    {
        await using var net = await TestIdentities.StartAsync("https://one.example", "https://two.example");
        net.Server.On("/one.example/xrpc/com.atproto.identity.resolveHandle",
            Reply.Error(400, "InvalidRequest", "Unable to resolve handle"));
        net.Server.On("/two.example/xrpc/com.atproto.identity.resolveHandle", Reply.Json($$"""{"did":"{{First}}"}"""));

        Assert.Equal(First, (await net.Handles.ResolveAsync(Handle.Parse("alice.test"), Cancel)).Did.ToString());
        Assert.Equal(2, net.Server.Requests.Count);
    }

    [Theory]
    [InlineData("alice.local")]
    [InlineData("alice.localhost")]
    [InlineData("alice.internal")]
    [InlineData("handle.invalid")]
    [InlineData("alice.onion")]
    public async Task Names_that_never_lead_anywhere_are_not_asked_for(string handle)
    {
        await using var net = await TestIdentities.StartAsync("https://one.example");

        Assert.Equal(HandleOutcome.NotFound, (await net.Handles.ResolveAsync(Handle.Parse(handle), Cancel)).Outcome);
        Assert.Empty(net.Server.Requests);
    }

    private static Reply Text(string text) => Reply.Body(200, "text/plain", System.Text.Encoding.UTF8.GetBytes(text));
}
