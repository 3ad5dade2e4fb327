using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Migrator.Jobs.Migrations;

public static class MigrationServiceRegistration
{
    public static IServiceCollection AddMigrationService(this IServiceCollection services) => services
        .AddSingleton<MigrationViews>()
        .AddSingleton<Core.Migrations.Gathering.IKnownVaults, KnownVaults>()
        .AddSingleton<MigrationService>()
        .AddSingleton<IMigrationService>(services => services.GetRequiredService<MigrationService>())
        .AddSingleton<IRestoreService>(services => services.GetRequiredService<MigrationService>());

    /// <summary>
    /// Where this process works: a look at the identities of moved and restored accounts, for 72 hours. Needs the migrations' services.
    /// </summary>
    public static IServiceCollection AddIdentityWatch(this IServiceCollection services, IConfiguration configuration) =>
        string.Equals(configuration["Migrator:Role"], "web", StringComparison.OrdinalIgnoreCase)
            ? services
            : services.AddHostedService<IdentityWatcher>();
}
