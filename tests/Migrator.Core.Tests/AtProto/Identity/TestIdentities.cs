using Microsoft.Extensions.DependencyInjection;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Tests.AtProto.Net;
using Migrator.Testing;
using Migrator.Testing.Faults;

namespace Migrator.Core.Tests.AtProto.Identity;

/// <summary>
/// The resolvers with one scripted server in place of the internet: a request to <c>https://host/path</c> arrives there as
/// <c>/host/path</c>. Only so can hosts with names and certificates be played on loopback.
/// </summary>
internal sealed class TestIdentities : IAsyncDisposable
{
    private readonly TestNetwork _network;

    private TestIdentities(HostilePds server, TestNetwork network, ManualTime time) => (Server, _network, Time) = (server, network, time);

    public HostilePds Server { get; }

    public ManualTime Time { get; }

    public IdentityResolver Resolver => _network.Get<IdentityResolver>();

    public DidResolver Dids => _network.Get<DidResolver>();

    public HandleResolver Handles => _network.Get<HandleResolver>();

    public static async Task<TestIdentities> StartAsync(params string[] resolvers)
    {
        var server = await HostilePds.StartAsync();
        var time = new ManualTime();
        var network = new TestNetwork(options => options.RetryDelay = TimeSpan.Zero, time: time, more: services =>
        {
            services.AddSingleton<IHttpClientFactory>(new Routed(server.Url));
            services.AddSingleton<XrpcClient>().AddSingleton<PdsClientFactory>();
            services.AddOptions<PlcOptions>().Configure(options => options.Url = new Uri("https://plc.example"));
            services.AddOptions<IdentityOptions>().Configure(options =>
            {
                options.DohUrl = "https://dns.example/dns-query";
                foreach (var resolver in resolvers) options.HandleResolvers.Add(resolver);
            });
            services.AddSingleton<DidResolver>().AddSingleton<HandleResolver>().AddSingleton<IdentityResolver>();
        });
        return new TestIdentities(server, network, time);
    }

    /// <summary>The TXT record that every handle has here.</summary>
    public TestIdentities Dns(params string[] texts)
    {
        Server.On("/dns.example/dns-query",
            Reply.Body(200, "application/dns-message", TestDns.Answer([.. texts.Select(text => TestDns.Txt(text))])));
        return this;
    }

    public TestIdentities WellKnown(string handle, Reply reply)
    {
        Server.On($"/{handle}/.well-known/atproto-did", reply);
        return this;
    }

    public TestIdentities Document(Did did, string? handle, string pds = "https://pds.example.com")
    {
        Server.On($"/plc.example/{did}", Reply.Json(DocumentJson(did.ToString(), handle, pds)));
        return this;
    }

    public static string DocumentJson(string did, string? handle, string pds = "https://pds.example.com")
    {
        var names = handle is null ? "" : $"\"at://{handle}\"";
        return $$"""
            {"id":"{{did}}","alsoKnownAs":[{{names}}],
             "verificationMethod":[{"id":"{{did}}#atproto","type":"Multikey","controller":"{{did}}",
               "publicKeyMultibase":"zQ3shXjHeiBuRCKmM36cuYnm7YEMzhGnCmCyW92sRJ9pribSF"}],
             "service":[{"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":"{{pds}}"}]}
            """;
    }

    public async ValueTask DisposeAsync()
    {
        _network.Dispose();
        await Server.DisposeAsync();
    }

    private sealed class Routed(Uri server) : IHttpClientFactory
    {
        private readonly HttpMessageHandler _handler = new Router(server);

        public HttpClient CreateClient(string name) => new(_handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private sealed class Router(Uri server) : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var url = request.RequestUri!;
            request.RequestUri = new Uri(server, $"/{url.Authority}{url.PathAndQuery}");
            return base.SendAsync(request, cancellationToken);
        }
    }
}
