using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Migrator.Core.AtProto.Net;

namespace Migrator.Core.Vaults;

/// <summary>Registers what opens vaults.</summary>
public static class VaultServices
{
    /// <summary>Adds <see cref="IVaultFactory"/> and its HTTP client, which keeps to the rules of <see cref="GuardedHttp"/>.</summary>
    /// <remarks>May be called more than once: moves and backups both need it.</remarks>
    public static IServiceCollection AddVaults(this IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(IVaultFactory)))
            return services;
        services.AddGuardedHttp();
        services.AddGuardedClient(S3Connection.ClientName).AddHttpMessageHandler(provider =>
            new S3HttpHandler(provider.GetRequiredService<IOptions<NetworkOptions>>(), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<IVaultFactory, VaultFactory>();
        return services;
    }
}
