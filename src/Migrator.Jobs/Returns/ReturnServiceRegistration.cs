using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Migrator.Jobs.Storage.Returns;

namespace Migrator.Jobs.Returns;

public static class ReturnServiceRegistration
{
    /// <summary>Bringing records and files back into living accounts. Needs storage, the backups' services and the protocol's.</summary>
    public static IServiceCollection AddReturns(this IServiceCollection services)
    {
        services.TryAddSingleton<ReturnStore>();
        services.TryAddSingleton<ReturnService>();
        services.TryAddSingleton<IReturnService>(provider => provider.GetRequiredService<ReturnService>());
        services.AddHostedService(provider => provider.GetRequiredService<ReturnService>());
        return services;
    }
}
