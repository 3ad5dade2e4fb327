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
}
