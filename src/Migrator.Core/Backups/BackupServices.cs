using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Migrator.Core.Backups;

/// <summary>Registers backups. <see cref="IBackupIndex"/> and <see cref="IManifestSigner"/> come from whoever hosts them.</summary>
public static class BackupServices
{
    public static IServiceCollection AddBackups(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<BackupCacheOptions>()
            .Configure(options => options.CacheFolder = Path.Combine(configuration["Migrator:Data"] ?? "data", "backup-cache"))
            .Bind(configuration.GetSection(BackupCacheOptions.Section))
            .Validate(options => options.CacheFolder.Length > 0, "Migrator:Backups:CacheFolder must name a folder.")
            .ValidateOnStart();
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<BackupCacheOptions>>().Value);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IBackupRunner, BackupRunner>();
        services.TryAddSingleton<SnapshotVerifier>();
        services.TryAddSingleton<Pruner>();
        return services;
    }
}
