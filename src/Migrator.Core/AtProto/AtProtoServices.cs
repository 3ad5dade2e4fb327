using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Migrator.Core.AtProto.Net;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.AtProto;

/// <summary>Registers everything that talks AT Protocol.</summary>
public static class AtProtoServices
{
    /// <summary>
    /// Binds the settings and refuses to start on a bad one, naming all faults at once; then adds, in the order in which they build on
    /// each other, the guarded HTTP client and the XRPC clients.
    /// </summary>
    public static IServiceCollection AddAtProto(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<NetworkOptions>().Bind(configuration.GetSection(NetworkOptions.Section)).ValidateOnStart();
        services.AddGuardedHttp();
        services.TryAddSingleton<XrpcClient>();
        services.TryAddSingleton<PdsClientFactory>();
        return services;
    }
}
