using System.Net;
using System.Net.Sockets;
using Migrator.Core.AtProto.Net;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Tests.AtProto.Net;
using Migrator.Testing.Faults;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Xrpc;

public sealed class XrpcErrorTests
{
    private const string Describe = "com.atproto.server.describeServer";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_named_error_keeps_its_name_and_words()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On("com.atproto.server.createSession", Reply.Error(401, "AuthFactorTokenRequired", "A sign in code has been sent"));

        var result = await pds.Anonymous.CreateSessionAsync("alice.test", "secret", null, Cancel);

        Assert.Equal(XrpcFailure.Refused, result.Error.Failure);
        Assert.True(result.Error.Is(XrpcErrorNames.AuthFactorTokenRequired));
        Assert.Equal("A sign in code has been sent", result.Error.Message);
        Assert.Equal(401, result.Error.Status);
        Assert.Equal(pds.Server.Url, result.Error.Service);
    }

    [Theory]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    [InlineData(524)]
    public async Task A_proxys_web_page_is_server_trouble_without_its_html(int status)
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Describe, Reply.Html(status));

        var error = (await pds.Anonymous.DescribeServerAsync(Cancel)).Error;

        Assert.Equal(XrpcFailure.ServerTrouble, error.Failure);
        Assert.Equal(status, error.Status);
        Assert.DoesNotContain("<", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_safe_call_is_tried_a_few_times_and_no_more()
    {
        await using var pds = await TestPds.StartAsync(options => options.SafeAttempts = 3);
        pds.Server.On(Describe, Reply.Error(500, "InternalServerError", "Internal Server Error"));

        var error = (await pds.Anonymous.DescribeServerAsync(Cancel)).Error;

        Assert.Equal(XrpcFailure.ServerTrouble, error.Failure);
        Assert.Equal(3, pds.Server.CountOf(Describe));
    }

    [Fact]
    public async Task A_safe_call_succeeds_when_the_trouble_passes()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Describe,
            Reply.Abort(), Reply.Html(502), Reply.Json("""{"did":"did:web:pds.test","availableUserDomains":[".pds.test"]}"""));

        var server = (await pds.Anonymous.DescribeServerAsync(Cancel)).Value;

        Assert.Equal("did:web:pds.test", server.Did);
        Assert.Equal([".pds.test"], server.AvailableUserDomains);
        Assert.False(server.InviteCodeRequired);
    }

    [Fact]
    public async Task A_call_that_changes_something_is_sent_once()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On("com.atproto.server.createSession", Reply.Html(502));

        Assert.Equal(XrpcFailure.ServerTrouble, (await pds.Anonymous.CreateSessionAsync("a", "b", null, Cancel)).Error.Failure);
        Assert.Equal(1, pds.Server.CountOf("com.atproto.server.createSession"));
    }

    [Fact]
    public async Task A_broken_connection_is_unreachable()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Describe, Reply.Abort());

        Assert.Equal(XrpcFailure.Unreachable, (await pds.Anonymous.DescribeServerAsync(Cancel)).Error.Failure);
    }

    [Fact]
    public async Task A_name_that_leads_nowhere_is_unreachable_and_says_so()
    {
        await using var pds = await TestPds.StartAsync(names: new ScriptedNames([[]]));

        var error = (await pds.Get<PdsClientFactory>().Anonymous(new Uri("https://nowhere.example.com")).DescribeServerAsync(Cancel)).Error;

        Assert.Equal(XrpcFailure.Unreachable, error.Failure);
        Assert.Contains("nowhere.example.com leads nowhere", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_private_address_is_blocked_and_not_tried_again()
    {
        var names = new ScriptedNames([IPAddress.Parse("10.0.0.1")]);
        await using var pds = await TestPds.StartAsync(names: names);

        var error = (await pds.Get<PdsClientFactory>().Anonymous(new Uri("https://inside.example.com")).DescribeServerAsync(Cancel)).Error;

        Assert.Equal(XrpcFailure.BlockedAddress, error.Failure);
        Assert.DoesNotContain("10.0.0.1", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, names.Asked);
    }

    [Fact]
    public async Task A_server_without_a_trusted_certificate_is_told_as_that()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var answering = Task.Run(async () =>
        {
            while (true)
            {
                using var socket = await listener.AcceptSocketAsync(Cancel);
                await socket.SendAsync("this is not TLS at all"u8.ToArray(), Cancel);
            }
        }, Cancel);
        await using var pds = await TestPds.StartAsync();

        var error = (await pds.Get<PdsClientFactory>().Anonymous(new Uri($"https://127.0.0.1:{port}")).DescribeServerAsync(Cancel)).Error;

        Assert.Equal(XrpcFailure.Unreachable, error.Failure);
        Assert.Contains("could not prove who it is", error.Message, StringComparison.Ordinal);
        listener.Stop();
        await Assert.ThrowsAnyAsync<Exception>(() => answering);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var inside = await HostilePds.StartAsync();
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Describe, Reply.Redirect(new Uri(inside.Url, "/secret").ToString()));

        Assert.Equal(XrpcFailure.Unreadable, (await pds.Anonymous.DescribeServerAsync(Cancel)).Error.Failure);
        Assert.Empty(inside.Requests);
    }

    [Fact]
    public async Task Headers_that_are_too_large_make_the_answer_unreadable()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Describe, Reply.Json("{}", 200, ("X-Big", new string('x', 100_000))));

        Assert.Equal(XrpcFailure.Unreadable, (await pds.Anonymous.DescribeServerAsync(Cancel)).Error.Failure);
    }

    [Fact]
    public async Task A_packed_answer_is_not_unpacked()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Describe, Reply.Body(200, "application/json", GzipBomb(), ("Content-Encoding", "gzip")));
        pds.Server.On("com.atproto.sync.getRepo", Reply.Body(200, "application/vnd.ipld.car", GzipBomb(), ("Content-Encoding", "gzip")));

        var small = (await pds.Anonymous.DescribeServerAsync(Cancel)).Error;
        var large = (await pds.Anonymous.GetRepoAsync(TestPds.Alice, null, Cancel)).Error;

        Assert.All([small, large], error => Assert.Contains("compressed", error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{}")]
    [InlineData("""{"did":7}""")]
    [InlineData("""{"did":"did:web:a.test","did":"did:web:b.test"}""")]
    [InlineData("""{"did":"not a did"}""")]
    [InlineData("""{"did":"did:web:a.test","availableUserDomains":[1]}""")]
    public async Task An_answer_of_another_shape_is_unreadable(string json)
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Describe, Reply.Json(json));

        var error = (await pds.Anonymous.DescribeServerAsync(Cancel)).Error;

        Assert.Equal(XrpcFailure.Unreadable, error.Failure);
        Assert.Equal(1, pds.Server.CountOf(Describe));
    }

    [Fact]
    public async Task Deep_json_is_unreadable()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Describe, Reply.Json("{\"did\":" + new string('[', 10_000) + new string(']', 10_000) + "}"));

        Assert.Equal(XrpcFailure.Unreadable, (await pds.Anonymous.DescribeServerAsync(Cancel)).Error.Failure);
    }

    private static byte[] GzipBomb()
    {
        var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest))
        {
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 64; i++) gzip.Write(zeros);
        }
        return packed.ToArray();
    }
}
