using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Migrator.Core.Drills;
using Migrator.Jobs.Engine;
using Migrator.Jobs.Storage.Drills;

namespace Migrator.Jobs.Drills;

public static class DrillJobsServices
{
    /// <summary>Drills, their schedule and what people can do with them. Needs backups, engine and the snapshot browser.</summary>
    public static IServiceCollection AddMigratorDrills(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddDrills(configuration);
        var worksHere = EngineServices.Works(configuration);
        services.TryAddSingleton<DrillStore>();
        services.TryAddSingleton<DrillWorkStore>();
        services.TryAddSingleton<DrillSettingStore>();
        services.TryAddSingleton<DrillKeys>();
        services.TryAddSingleton<DrillWork>();
        services.TryAddSingleton<IDrillWork>(provider => provider.GetRequiredService<DrillWork>());
        services.TryAddSingleton<IDrillService>(provider => ActivatorUtilities.CreateInstance<DrillService>(provider, worksHere));
        if (worksHere)
            services.AddHostedService<DrillWatcher>();
        return services;
    }
}
