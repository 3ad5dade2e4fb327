using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Migrator.Core.Migrations;
using Migrator.Jobs.Storage;
using Npgsql;
using Quartz;

namespace Migrator.Jobs.Engine;

public static class EngineServices
{
    /// <summary>
    /// Quartz as the alarm clock, leases and the reconciler. Nothing outside this folder knows Quartz. Needs AddMigratorStorage and an
    /// <see cref="IMigrationRunner"/>.
    /// </summary>
    public static IServiceCollection AddMigratorEngine(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<EngineOptions>()
            .Bind(configuration.GetSection(EngineOptions.Section))
            .Configure(options => options.Role = configuration["Migrator:Role"] ?? options.Role)
            .ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<EngineOptions>, EngineOptionsValidator>());
        services.TryAddSingleton<LeaseKeeper>();
        services.TryAddSingleton<QuartzWaker>();
        services.TryAddSingleton<IWaker>(provider => provider.GetRequiredService<QuartzWaker>());
        services.TryAddSingleton<ICrashPoints, CrashPoints>();

        var storage = configuration.GetSection(StorageOptions.Section).Get<StorageOptions>() ?? new StorageOptions();
        var engine = configuration.GetSection(EngineOptions.Section).Get<EngineOptions>() ?? new EngineOptions();
        services.AddQuartz(quartz => Configure(quartz, storage, engine));
        if (!string.Equals(configuration["Migrator:Role"], nameof(MigratorRole.Web), StringComparison.OrdinalIgnoreCase))
        {
            services.AddHostedService<QuartzEngine>();
            services.AddHostedService<Reconciler>();
        }

        return services;
    }

    private static void Configure(IQuartzBuilder quartz, StorageOptions storage, EngineOptions engine)
    {
        quartz.ConfigureScheduler(options =>
        {
            options.InstanceName = "migrator";
            options.ShutdownJobInterruption = ShutdownJobInterruption.Always;
            // Another process may have set the alarm: this is how long it takes to be seen here.
            options.IdleWaitTime = TimeSpan.FromSeconds(2);
        });
        quartz.UseDefaultThreadPool(engine.Concurrency);
        quartz.UseExecutionLimits(limits => limits.ForGroupsWithPrefix(ExecutionGroups.Prefix, engine.PerServer, ExecutionLimitScope.Cluster));
        quartz.UsePersistentStore(store =>
        {
            if (storage.Database.IsPostgres)
            {
                store.UsePostgres(source => source.DataSourceFactory = _ => NpgsqlDataSource.Create(storage.Database.ReadConnectionString()));
                store.UseClustering();
            }
            else
            {
                // A file of its own: Quartz's transactions and ours do not wait for each other.
                store.UseSqlite(SqliteFactory.Instance, new SqliteConnectionStringBuilder { DataSource = storage.SqliteQuartzFile }.ConnectionString);
            }

            store.ConfigureStore(options =>
            {
                options.StoreJobDataAsStrings = true;
                options.RecoverFiringsCancelledByShutdown = true;
                options.CommandTimeout = TimeSpan.FromSeconds(15);
            });
            store.ProvisionSchema();
        });
    }
}
