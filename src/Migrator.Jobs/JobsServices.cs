using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Doctor;
using Migrator.Jobs.Drills;
using Migrator.Jobs.Engine;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Notifications;
using Migrator.Jobs.Returns;
using Migrator.Jobs.Snapshots;
using Migrator.Jobs.Storage;

namespace Migrator.Jobs;

public static class JobsServices
{
    /// <summary>Everything of this project; storage first, for its start opens what the others wait for. Needs AddGuardedHttp.</summary>
    public static IServiceCollection AddMigratorJobs(this IServiceCollection services, IConfiguration configuration) => services
        .AddMigratorStorage(configuration)
        .AddMigratorEngine(configuration)
        .AddMigratorNotifications(configuration)
        .AddMigrationService()
        .AddCheckService(configuration)
        .AddSnapshotBrowser()
        .AddReturns()
        .AddMigratorBackups(configuration)
        .AddMigratorDrills(configuration);

    /// <summary>Checks <c>database</c>, <c>master-key</c> and, where this process works, <c>scheduler</c>: for readiness.</summary>
    public static IHealthChecksBuilder AddMigratorHealthChecks(this IServiceCollection services, IConfiguration configuration) => services
        .AddHealthChecks()
        .AddCheck<DatabaseHealthCheck>("database")
        .AddCheck<MasterKeyHealthCheck>("master-key")
        .AddSchedulerCheck(configuration);
}
