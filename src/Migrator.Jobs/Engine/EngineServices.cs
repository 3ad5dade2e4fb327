using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Migrator.Core.Migrations;
using Quartz;

namespace Migrator.Jobs.Engine;

public static class EngineServices
{
    /// <summary>
    /// Quartz as the alarm clock, leases and the reconciler. Nothing outside this folder knows Quartz. Needs AddMigratorStorage and an
    /// <see cref="IMigrationRunner"/>, an <see cref="IBackupWork"/> and an <see cref="IDrillWork"/>.
    /// </summary>
    public static IServiceCollection AddMigratorEngine(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<EngineOptions>()
            .Bind(configuration.GetSection(EngineOptions.Section))
            .Configure(options => options.Role = configuration["Migrator:Role"] ?? options.Role)
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<EngineOptions>>(
            new EngineOptionsValidator(() => configuration["Migrator:Database:Provider"]));
        services.TryAddSingleton<LeaseKeeper>();
        services.TryAddSingleton<SchedulerSource>();
        services.TryAddSingleton<QuartzWaker>();
        services.TryAddSingleton<IWaker>(provider => provider.GetRequiredService<QuartzWaker>());
        services.TryAddSingleton<ICrashPoints, CrashPoints>();
        services.TryAddSingleton<WorkJobTools>();

        // Only what schedulers have in common; ours is made by SchedulerSource.
        services.AddQuartz();
        if (Works(configuration))
        {
            services.AddHostedService<QuartzEngine>();
            services.AddHostedService<Reconciler>();
            services.AddHostedService<HostPauses>();
        }

        return services;
    }

    /// <summary>A process with the role <c>web</c> runs no scheduler, so it has none to check.</summary>
    internal static IHealthChecksBuilder AddSchedulerCheck(this IHealthChecksBuilder checks, IConfiguration configuration) =>
        Works(configuration) ? checks.AddCheck<SchedulerHealthCheck>("scheduler") : checks;

    internal static bool Works(IConfiguration configuration) =>
        !string.Equals(configuration["Migrator:Role"], nameof(MigratorRole.Web), StringComparison.OrdinalIgnoreCase);
}
