using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Migrator.Core.Backups;
using Migrator.Core.Migrations;
using Migrator.Core.Vaults;
using Migrator.Jobs.Engine;
using Migrator.Jobs.Storage.Backups;

namespace Migrator.Jobs.Backups;

public static class BackupJobsServices
{
    /// <summary>Plans, their runs and what people can do with them. Needs storage, engine, notifications and AddAtProto.</summary>
    public static IServiceCollection AddMigratorBackups(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddBackups(configuration);
        services.AddVaults();
        services.AddOptions<PlanOptions>().Bind(configuration.GetSection(PlanOptions.Section)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PlanOptions>, PlanOptionsValidator>());
        services.TryAddSingleton<IManifestSigner, ManifestSigner>();
        AddStores(services);
        services.TryAddSingleton<OpenVaults>();
        services.TryAddSingleton<ServerMembers>();
        services.TryAddSingleton<Upkeep>();
        services.TryAddSingleton<Func<IBackupIndex, IBackupRunner>>(
            provider => index => ActivatorUtilities.CreateInstance<BackupRunner>(provider, index));
        services.TryAddSingleton<IBackupWork, BackupWork>();
        services.TryAddSingleton<BackupStores>();
        services.TryAddSingleton<IBackupService, BackupService>();
        services.Replace(ServiceDescriptor.Singleton<ISealedBackups, BackupsForMoves>());
        if (EngineServices.Works(configuration))
            services.AddHostedService<PlanWatcher>();
        return services;
    }

    private static void AddStores(IServiceCollection services)
    {
        services.TryAddSingleton<BackupVaultStore>();
        services.TryAddSingleton<BackupKeyStore>();
        services.TryAddSingleton<BackupPlanStore>();
        services.TryAddSingleton<BackupMemberStore>();
        services.TryAddSingleton<BackupAccountReads>();
        services.TryAddSingleton<SnapshotReads>();
        services.TryAddSingleton<FolderStore>();
        services.TryAddSingleton<AlarmStore>();
        services.TryAddSingleton(provider => new WrongClock(
            provider.GetRequiredService<Storage.Database>(), provider.GetRequiredService<IOptions<PlanOptions>>().Value));
        services.TryAddSingleton(provider => new BackupWorkStore(
            provider.GetRequiredService<Storage.Database>(),
            provider.GetRequiredService<AlarmStore>(),
            provider.GetRequiredService<IOptions<PlanOptions>>().Value));
        // For reading, and for noting what a look with the key showed; runs have their own, bound to their lease.
        services.TryAddSingleton<IBackupIndex>(provider => new BackupIndex(
            provider.GetRequiredService<Storage.Database>(), provider.GetRequiredService<Storage.SecretVault>(), null));
    }
}
