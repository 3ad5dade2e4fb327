using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Net;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.AtProto;

/// <summary>Registers everything that talks AT Protocol.</summary>
public static class AtProtoServices
{
    /// <summary>
    /// Binds the settings and refuses to start on a bad one, naming all faults at once; then adds, in the order in which they build on
    /// each other, the guarded HTTP client, the XRPC clients, the resolvers of identities and the directory.
    /// </summary>
    public static IServiceCollection AddAtProto(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<NetworkOptions>().Bind(configuration.GetSection(NetworkOptions.Section)).ValidateOnStart();
        services.AddOptions<PlcOptions>().Bind(configuration.GetSection(PlcOptions.Section)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PlcOptions>, PlcOptionsValidator>());
        services.AddOptions<IdentityOptions>().Bind(configuration.GetSection(IdentityOptions.Section)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<IdentityOptions>, IdentityOptionsValidator>());
        services.AddGuardedHttp();
        services.TryAddSingleton<XrpcClient>();
        services.TryAddSingleton<PdsClientFactory>();
        services.TryAddSingleton<DidResolver>();
        services.TryAddSingleton<HandleResolver>();
        services.TryAddSingleton<IdentityResolver>();
        services.TryAddSingleton<PlcClient>();
        return services;
    }
}
