using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Migrator.Core.AtProto.Net;

/// <summary>
/// The one HTTP client that talks to strangers. Take it from <see cref="IHttpClientFactory"/> by <see cref="ClientName"/>.
/// It follows no redirect, uses no proxy, keeps no cookie and unpacks no compressed body: each of these would let a stranger decide
/// where a call goes or how large an answer becomes. It has no overall time-out either; callers put limits on each phase.
/// </summary>
public static class GuardedHttp
{
    public const string ClientName = "guarded";

    public static IServiceCollection AddGuardedHttp(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<INameResolver, SystemNameResolver>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<NetworkOptions>, NetworkOptionsValidator>());
        services.TryAddSingleton<OutboundPolicy>();
        services.TryAddSingleton<GuardedConnector>();
        services.TryAddSingleton<HostGovernor>();
        services.AddGuardedClient(ClientName);
        return services;
    }

    /// <summary>Adds a client of another name that keeps to the same rules, for callers that need handlers of their own.</summary>
    public static IHttpClientBuilder AddGuardedClient(this IServiceCollection services, string name) =>
        services.AddHttpClient(name, Configure)
            .ConfigurePrimaryHttpMessageHandler(CreateHandler)
            .AddHttpMessageHandler(provider => new OutboundUrlHandler(provider.GetRequiredService<OutboundPolicy>()))
            // PooledConnectionLifetime below renews connections; a new handler every few minutes would only empty the pool.
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers();

    private static void Configure(HttpClient client)
    {
        client.Timeout = Timeout.InfiniteTimeSpan;
        client.DefaultRequestHeaders.UserAgent.ParseAdd("Migrator/0.1");
    }

    private static SocketsHttpHandler CreateHandler(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<NetworkOptions>>().Value;
        var connector = provider.GetRequiredService<GuardedConnector>();
        return new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            Credentials = null,
            PreAuthenticate = false,
            ConnectTimeout = options.ConnectTimeout,
            MaxResponseHeadersLength = options.MaxHeaderKibibytes,
            MaxResponseDrainSize = 64 * 1024,
            ResponseDrainTimeout = TimeSpan.FromSeconds(2),
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            MaxConnectionsPerServer = (2 * options.MaxTransfersPerHost) + options.MaxCallsPerHost,
            ConnectCallback = (context, cancel) =>
                connector.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancel),
        };
    }
}
