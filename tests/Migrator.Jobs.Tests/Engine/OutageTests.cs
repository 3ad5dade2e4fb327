using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Migrator.Core.Migrations;
using Migrator.Jobs.Storage;
using Migrator.Testing.Databases;
using Xunit;

namespace Migrator.Jobs.Tests.Engine;

/// <summary>The database goes away and comes back; nobody restarts anything. On a PostgreSQL server of its own, which it stops.</summary>
public sealed class OutageTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_that_is_away_at_the_start_delays_the_work_and_nothing_else()
    {
        await using var postgres = await StartAsync();
        await using var test = await CreateAsync(postgres);
        var id = await test.AddStartedAsync();
        await postgres.StopClusterAsync();

        await using var engine = await TestEngine.StartAsync(test.Options);
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(engine)).Status);
        await postgres.StartClusterAsync();

        var run = await engine.Runner.NextAsync(Ct);
        Assert.Equal(id, run.Lease.Migration);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(engine)).Status);
        run.End();
    }

    [Fact]
    public async Task A_database_that_crashes_during_a_run_leaves_the_migration_to_the_next_run()
    {
        await using var postgres = await StartAsync();
        await using var test = await CreateAsync(postgres);
        var id = await test.AddStartedAsync();
        await using var engine = await TestEngine.StartAsync(test.Options, ("Migrator:Engine:LeaseSeconds", "10"));
        var first = await engine.Runner.NextAsync(Ct);

        await postgres.StopClusterAsync();
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(engine)).Status);
        var problem = await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(
            () => test.Store.SaveAsync(first.Lease, new MigrationProgress(), null, [], null, Ct));
        first.Break(problem);
        await postgres.StartClusterAsync();

        var second = await engine.Runner.NextAsync(Ct);
        Assert.Equal((id, 2L), (second.Lease.Migration, second.Lease.Fence));
        await test.Store.SaveAsync(second.Lease, new MigrationProgress { State = MigrationState.Copying }, null, [], null, Ct);
        second.End();
    }

    [Fact]
    public async Task A_run_outlives_an_outage_that_is_shorter_than_its_lease()
    {
        await using var postgres = await StartAsync();
        await using var test = await CreateAsync(postgres);
        await test.AddStartedAsync();
        await using var engine = await TestEngine.StartAsync(test.Options, ("Migrator:Engine:LeaseSeconds", "60"));
        var run = await engine.Runner.NextAsync(Ct);

        await postgres.StopClusterAsync();
        await postgres.StartClusterAsync();

        await SaveWhenBackAsync(test, run.Lease);
        Assert.False(run.Stopped.IsCompleted);
        run.End();
    }

    /// <summary>The first use of a pooled connection after the crash finds it broken; the next gets a fresh one.</summary>
    private static async Task SaveWhenBackAsync(TestDatabase test, Lease lease)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                await test.Store.SaveAsync(lease, new MigrationProgress { State = MigrationState.Copying }, null, [], null, Ct);
                return;
            }
            catch (System.Data.Common.DbException) when (tries < 30)
            {
                await Task.Yield();
            }
        }
    }

    private static async Task<PostgresServer> StartAsync()
    {
        var server = await PostgresServer.StartAsync();
        Assert.SkipUnless(server.IsOwn, server.Reason ?? "The PostgreSQL of MIGRATOR_TEST_POSTGRES is not ours to stop.");
        return server;
    }

    private static async Task<TestDatabase> CreateAsync(PostgresServer server)
    {
        var options = new StorageOptions
        {
            Data = Directory.CreateTempSubdirectory("migrator-test-").FullName,
            Database = new DatabaseOptions { Provider = "postgres", ConnectionString = await server.CreateDatabaseAsync() },
        };
        var test = TestDatabase.Open(options);
        await test.ApplySchemaAsync();
        await test.Vault.OpenAsync(Ct);
        return test;
    }

    private static Task<HealthReport> CheckAsync(TestEngine engine) =>
        engine.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Ct);
}
