using System.Net.Sockets;
using System.Net;
using Microsoft.Extensions.Options;
using Migrator.Core.AtProto.Net;
using Migrator.Testing.Faults;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Net;

public sealed class GuardedHttpTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> LoopbackSpellings =>
    [
        "127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "0.0.0.0", "localhost",
        "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "①②⑦.⓪.⓪.①", "127。0。0。1",
    ];

    [Theory]
    [MemberData(nameof(LoopbackSpellings))]
    public async Task No_spelling_of_this_machine_is_ever_reached(string host)
    {
        using var listener = new SilentListener();
        using var network = new TestNetwork();

        foreach (var scheme in (string[])["https", "http"])
        {
            var blocked = await Assert.ThrowsAnyAsync<Exception>(
                () => network.Client.GetAsync(new Uri($"{scheme}://{host}:{listener.Port}/"), Cancel));
            // Most are seen through; the rest are no names that any resolver knows.
            Assert.True((blocked as BlockedAddressException ?? blocked.InnerException) is BlockedAddressException or SocketException);
        }

        Assert.False(listener.SawAnything);
    }

    [Fact]
    public async Task A_connection_that_is_reset_while_it_is_made_is_told_like_any_other_that_broke()
    {
        using var client = new HttpMessageInvoker(new OutboundUrlHandler(new OutboundPolicy(Options.Create(new NetworkOptions()))) { InnerHandler = new Reset() });
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://pds.example.com/");

        var broken = await Assert.ThrowsAsync<HttpRequestException>(() => client.SendAsync(request, Cancel));

        Assert.Equal(HttpRequestError.ConnectionError, broken.HttpRequestError);
        Assert.IsType<SocketException>(broken.InnerException);
    }

    [Fact]
    public async Task A_name_with_one_private_address_among_public_ones_is_refused()
    {
        using var listener = new SilentListener();
        var names = new ScriptedNames([IPAddress.Parse("1.1.1.1"), IPAddress.Loopback]);
        using var network = new TestNetwork(names: names);

        var blocked = await Assert.ThrowsAsync<HttpRequestException>(
            () => network.Client.GetAsync(new Uri($"https://rebind.example.com:{listener.Port}/"), Cancel));

        Assert.IsType<BlockedAddressException>(blocked.InnerException);
        Assert.False(listener.SawAnything);
    }

    [Fact]
    public async Task The_address_that_was_checked_is_the_one_that_is_used()
    {
        await using var pds = await HostilePds.StartAsync();
        pds.On("/x", Reply.Json("{}"));
        var names = new ScriptedNames([IPAddress.Loopback], [IPAddress.Parse("127.0.0.99")]);
        using var network = new TestNetwork(TestNetwork.Allow($"flip.example.com:{pds.Url.Port}"), names);

        using var reply = await network.Client.GetAsync(new Uri($"http://flip.example.com:{pds.Url.Port}/x"), Cancel);

        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Equal(1, names.Asked);
    }

    [Fact]
    public async Task A_dead_address_does_not_hide_a_live_one()
    {
        await using var pds = await HostilePds.StartAsync();
        pds.On("/x", Reply.Json("{}"));
        var names = new ScriptedNames([IPAddress.Parse("127.0.0.2"), IPAddress.IPv6Loopback, IPAddress.Loopback]);
        using var network = new TestNetwork(TestNetwork.Allow($"many.example.com:{pds.Url.Port}"), names);

        using var reply = await network.Client.GetAsync(new Uri($"http://many.example.com:{pds.Url.Port}/x"), Cancel);

        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
    }

    [Fact]
    public async Task A_redirect_is_handed_back_and_not_followed()
    {
        using var listener = new SilentListener();
        await using var pds = await HostilePds.StartAsync();
        pds.On("/x", Reply.Redirect($"http://127.0.0.1:{listener.Port}/latest/meta-data"));
        using var network = new TestNetwork(TestNetwork.Allow("127.0.0.1:*"));

        using var reply = await network.Client.GetAsync(new Uri(pds.Url, "/x"), Cancel);

        Assert.Equal(HttpStatusCode.Found, reply.StatusCode);
        Assert.False(listener.SawAnything);
    }

    [Fact]
    public async Task Cookies_are_not_kept()
    {
        await using var pds = await HostilePds.StartAsync();
        string? cookie = "none asked";
        pds.On("/set", Reply.Json("{}", 200, ("Set-Cookie", "a=b")));
        pds.On("/get", Reply.By(context =>
        {
            cookie = context.Request.Headers.Cookie;
            return Task.CompletedTask;
        }));
        using var network = new TestNetwork(TestNetwork.Allow("127.0.0.1:*"));

        (await network.Client.GetAsync(new Uri(pds.Url, "/set"), Cancel)).Dispose();
        (await network.Client.GetAsync(new Uri(pds.Url, "/get"), Cancel)).Dispose();

        Assert.Null(cookie);
    }

    [Fact]
    public async Task A_compressed_body_is_not_unpacked()
    {
        await using var pds = await HostilePds.StartAsync();
        byte[] notReallyGzip = [1, 2, 3];
        pds.On("/x", Reply.Body(200, "application/json", notReallyGzip, ("Content-Encoding", "gzip")));
        using var network = new TestNetwork(TestNetwork.Allow("127.0.0.1:*"));

        var bytes = await network.Client.GetByteArrayAsync(new Uri(pds.Url, "/x"), Cancel);

        Assert.Equal(notReallyGzip, bytes);
    }

    [Fact]
    public async Task Headers_larger_than_the_limit_end_the_answer()
    {
        await using var pds = await HostilePds.StartAsync();
        pds.On("/x", Reply.Json("{}", 200, ("X-Big", new string('a', 64 * 1024))));
        using var network = new TestNetwork(TestNetwork.Allow("127.0.0.1:*"));

        await Assert.ThrowsAsync<HttpRequestException>(() => network.Client.GetAsync(new Uri(pds.Url, "/x"), Cancel));
    }

    /// <summary>A listener on every loopback address that notes whether anyone came.</summary>
    private sealed class SilentListener : IDisposable
    {
        private readonly TcpListener _v6;

        public SilentListener()
        {
            _v6 = TcpListener.Create(0);
            _v6.Start();
            Port = ((IPEndPoint)_v6.LocalEndpoint).Port;
        }

        public int Port { get; }

        public bool SawAnything => _v6.Pending();

        public void Dispose() => _v6.Dispose();
    }

    /// <summary>As the framework's handler does it: the socket's own exception comes out.</summary>
    private sealed class Reset : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromException<HttpResponseMessage>(new SocketException((int)SocketError.NotConnected));
    }
}
