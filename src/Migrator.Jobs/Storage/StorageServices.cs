using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Migrator.Core.Migrations;

namespace Migrator.Jobs.Storage;

public static class StorageServices
{
    /// <summary>The database, its stores and the service that opens them at the start; register it before its users.</summary>
    public static IServiceCollection AddMigratorStorage(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<StorageOptions>().Bind(configuration.GetSection(StorageOptions.Section)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<StorageOptions>, StorageOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(new OutboxPolicy(IsOn: false));
        services.TryAddSingleton(provider => Database.FromOptions(
            provider.GetRequiredService<IOptions<StorageOptions>>(), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<SecretVault>();
        services.TryAddSingleton<InstanceKey>();
        services.TryAddSingleton<ISigner>(provider => provider.GetRequiredService<InstanceKey>());
        services.TryAddSingleton<StorageGate>();
        services.TryAddSingleton<IMigrationStore, MigrationStore>();
        services.TryAddSingleton<IBlobLedger, BlobLedger>();
        services.TryAddSingleton<ISecretStore, SecretStore>();
        services.TryAddSingleton<MigrationRequests>();
        services.TryAddSingleton<MigrationReads>();
        services.TryAddSingleton<SealedSecrets>();
        services.TryAddSingleton<HostPauseStore>();
        services.TryAddSingleton<LeaseStore>();
        services.TryAddSingleton<SignInStore>();
        services.AddHostedService<StorageStart>();
        return services;
    }
}
