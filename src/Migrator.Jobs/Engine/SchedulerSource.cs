using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Migrator.Jobs.Storage;
using Quartz;

namespace Migrator.Jobs.Engine;

/// <summary>
/// Makes this process's scheduler when it is first needed and storage is open. A scheduler that Quartz registers at composition is dead for
/// good when its database is away at the first use; one that is added at run time leaves nothing behind and can be tried again.
/// </summary>
internal sealed class SchedulerSource(
    ISchedulerRuntime runtime, Database database, StorageGate gate, IOptions<StorageOptions> storage, IOptions<EngineOptions> engine)
    : IDisposable
{
    private const string Name = "migrator";
    private readonly SemaphoreSlim _making = new(1, 1);

    /// <summary>Null until it was made.</summary>
    public IScheduler? Current { get; private set; }

    /// <summary>The scheduler, not necessarily started: one that is not can set alarms for other processes.</summary>
    /// <exception cref="SchedulerException">Its tables cannot be reached now.</exception>
    public async Task<IScheduler> GetAsync(CancellationToken ct)
    {
        if (Current is { } made)
            return made;
        await gate.WaitAsync(ct);
        await _making.WaitAsync(ct);
        try
        {
            if (Current is null)
                ForgetOldAlarms();
            return Current ??= await runtime.Add(Name, Configure, SchedulerAddOptions.WithoutStarting, ct);
        }
        finally
        {
            _making.Release();
        }
    }

    public void Dispose() => _making.Dispose();

    /// <summary>
    /// With SQLite the alarms of the last process are dropped: they only repeat what our own tables know, and a process that was killed
    /// while Quartz made its tables leaves a file that Quartz refuses for ever after.
    /// </summary>
    private void ForgetOldAlarms()
    {
        if (database.Provider == DatabaseProvider.Postgres)
            return;
        foreach (var ending in new[] { "", "-wal", "-shm", "-journal" })
            File.Delete(storage.Value.SqliteQuartzFile + ending);
        DataFolder.MakePrivate(storage.Value.SqliteQuartzFile);
    }

    private void Configure(IQuartzBuilder quartz)
    {
        quartz.ConfigureScheduler(options =>
        {
            options.ShutdownJobInterruption = ShutdownJobInterruption.Always;
            // Another process may have set the alarm: this is how long it takes to be seen here.
            options.IdleWaitTime = TimeSpan.FromSeconds(2);
        });
        quartz.UseDefaultThreadPool(engine.Value.Concurrency);
        quartz.UseExecutionLimits(
            limits => limits.ForGroupsWithPrefix(QuartzWaker.QueuePrefix, engine.Value.PerServer, ExecutionLimitScope.Cluster));
        quartz.UsePersistentStore(store =>
        {
            if (database.Provider == DatabaseProvider.Postgres)
            {
                store.UsePostgres(source => source.DataSourceFactory = _ => database.PostgresSource);
                // A node that is silent for half a lease is taken for dead. Taken wrongly, it costs nothing: the lease decides who works.
                store.UseClustering(cluster =>
                {
                    cluster.CheckinInterval = engine.Value.LeaseLife / 4;
                    cluster.CheckinMisfireThreshold = engine.Value.LeaseLife / 4;
                });
            }
            else
            {
                // A file of its own: Quartz's transactions and ours do not wait for each other.
                var file = new SqliteConnectionStringBuilder { DataSource = storage.Value.SqliteQuartzFile };
                store.UseSqlite(SqliteFactory.Instance, file.ConnectionString);
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
