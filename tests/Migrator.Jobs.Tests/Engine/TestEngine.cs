using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Migrator.Core.AtProto;
using Migrator.Core.Backups;
using Migrator.Core.Drills;
using Migrator.Core.Migrations;
using Migrator.Jobs.Engine;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Storage;
using Xunit;

namespace Migrator.Jobs.Tests.Engine;

/// <summary>One process's engine with real Quartz, on a test database, with short periods.</summary>
public sealed class TestEngine : IAsyncDisposable
{
    private readonly IHost _host;
    private bool _running;

    private TestEngine(IHost host, TestRunner runner)
    {
        _host = host;
        Runner = runner;
    }

    public TestRunner Runner { get; }

    /// <summary>Stands in for the making of backups; what is around it is real.</summary>
    public required TestBackupRunner Backups { get; init; }

    /// <summary>Stands in for the restoring; what is around it is real.</summary>
    public required TestDrill Drills { get; init; }

    public IServiceProvider Services => _host.Services;

    public IWaker Waker => _host.Services.GetRequiredService<IWaker>();

    public static TestEngine Create(StorageOptions storage, params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Migrator:Data"] = storage.Data,
            ["Migrator:Database:Provider"] = storage.Database.Provider,
            ["Migrator:Database:ConnectionString"] = storage.Database.ConnectionString,
            ["Migrator:Engine:LeaseSeconds"] = "3",
            ["Migrator:Engine:ReconcileSeconds"] = "1",
            ["Migrator:Engine:TroubleSeconds"] = "1",
        });
        builder.Configuration.AddInMemoryCollection(settings.DistinctBy(pair => pair.Key).Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value)));
        builder.Logging.SetMinimumLevel(LogLevel.Information).AddProvider(new TestLog(TestContext.Current.TestOutputHelper));
        var runner = new TestRunner();
        var backups = new TestBackupRunner();
        builder.Services.AddSingleton<IMigrationRunner>(runner);
        builder.Services.AddSingleton<Func<IBackupIndex, IBackupRunner>>(index => new TestBackupRunner.Bound(backups, index));
        var drills = new TestDrill();
        builder.Services.AddSingleton<IDrill>(drills);
        builder.Services.AddSingleton<ISandboxFinder>(drills);
        builder.Services.AddAtProto(builder.Configuration).AddMigrations(builder.Configuration).AddMigratorJobs(builder.Configuration)
            .AddIdentityWatch(builder.Configuration);
        builder.Services.AddMigratorHealthChecks(builder.Configuration);
        return new TestEngine(builder.Build(), runner) { Backups = backups, Drills = drills };
    }

    public static async Task<TestEngine> StartAsync(StorageOptions storage, params (string Key, string Value)[] settings)
    {
        var engine = Create(storage, settings);
        await engine.StartAsync();
        return engine;
    }

    public async Task StartAsync()
    {
        await _host.StartAsync();
        _running = true;
    }

    public async Task StopAsync()
    {
        _running = false;
        await _host.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_running)
            await StopAsync();
        if (_host is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
    }
}
