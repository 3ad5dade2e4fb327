using System.Buffers.Text;
using Microsoft.Extensions.DependencyInjection;
using Migrator.Core.AtProto.Net;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Tests.AtProto.Net;
using Migrator.Testing;
using Migrator.Testing.Faults;

namespace Migrator.Core.Tests.AtProto.Xrpc;

/// <summary>A scripted server and a client for it, with a clock that only the test moves.</summary>
internal sealed class TestPds : IAsyncDisposable
{
    public static readonly Did Alice = Did.Parse("did:plc:ewvi7nxzyoun6zhxrhs64oiz");
    private readonly TestNetwork _network;

    private TestPds(HostilePds server, TestNetwork network, ManualTime time) => (Server, _network, Time) = (server, network, time);

    public HostilePds Server { get; }

    public ManualTime Time { get; }

    /// <param name="configure">Settings other than the usual ones of tests.</param>
    /// <param name="names">Answers look-ups.</param>
    /// <param name="connection">Takes the place of the connection to the server.</param>
    public static async Task<TestPds> StartAsync(
        Action<NetworkOptions>? configure = null, INameResolver? names = null, Stream? connection = null)
    {
        var server = await HostilePds.StartAsync();
        var time = new ManualTime();
        var network = new TestNetwork(options =>
        {
            options.AllowPrivate.Add("127.0.0.1:*");
            options.RetryDelay = TimeSpan.Zero;
            configure?.Invoke(options);
        }, names, time, services =>
        {
            services.AddSingleton<XrpcClient>().AddSingleton<PdsClientFactory>();
            if (connection is not null) services.AddHttpClient(GuardedHttp.ClientName).ConfigurePrimaryHttpMessageHandler(() => Over(connection));
        });
        return new TestPds(server, network, time);
    }

    public PdsClient Anonymous => Get<PdsClientFactory>().Anonymous(Server.Url);

    public PdsClient SignedIn(ISessionVault vault) => Get<PdsClientFactory>().WithSession(Server.Url, vault);

    public T Get<T>() where T : notnull => _network.Get<T>();

    public static SessionTokens Tokens(string access, string refresh) => new(Alice, access, refresh);

    /// <summary>A token with these claims and a signature of nonsense.</summary>
    public static string Jwt(string claims) =>
        $"{Base64Url.EncodeToString("""{"alg":"HS256"}"""u8)}.{Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(claims))}.c2ln";

    /// <summary>The answer of a successful refresh.</summary>
    public static string SessionJson(string access, string refresh, string? did = null) =>
        $$"""
        {"did":"{{did ?? Alice.ToString()}}","handle":"alice.test","accessJwt":"{{access}}","refreshJwt":"{{refresh}}","active":true}
        """;

    /// <summary>Answers by the token that came: <paramref name="good"/> gets the reply, any other is expired.</summary>
    public static Reply ForToken(string good, string json) => Reply.By(async context =>
    {
        var reply = context.Request.Headers.Authorization == $"Bearer {good}"
            ? Reply.Json(json)
            : Reply.Error(400, "ExpiredToken", "Token has expired");
        await reply.Answer(context);
    });

    private static SocketsHttpHandler Over(Stream connection) =>
        new() { UseProxy = false, ConnectCallback = (_, _) => ValueTask.FromResult(connection) };

    public async ValueTask DisposeAsync()
    {
        _network.Dispose();
        await Server.DisposeAsync();
    }
}
