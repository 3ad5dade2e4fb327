using Microsoft.Data.Sqlite;
using Migrator.Jobs.Storage;
using Xunit;

namespace Migrator.Jobs.Tests.Engine;

public sealed class AlarmFileTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_process_killed_while_the_alarm_tables_were_made_does_not_stop_the_next_one()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres);
        var id = await test.AddStartedAsync();
        await using (var file = new SqliteConnection($"Data Source={Path.Combine(test.Options.Data, "quartz.db")};Pooling=False"))
        {
            await file.OpenAsync(Ct);
            await using var half = file.CreateCommand();
            half.CommandText = "CREATE TABLE QRTZ_FIRED_TRIGGERS (SCHED_NAME TEXT)";
            await half.ExecuteNonQueryAsync(Ct);
        }

        await using var engine = await TestEngine.StartAsync(test.Options, ("Migrator:Engine:ReconcileSeconds", "600"));
        var run = await engine.Runner.NextAsync(Ct);
        Assert.Equal(id, run.Lease.Migration);
        run.End();
    }
}
