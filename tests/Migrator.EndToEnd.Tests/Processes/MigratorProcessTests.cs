using System.Net;
using Migrator.Testing.Databases;
using Xunit;

namespace Migrator.EndToEnd.Tests.Processes;

/// <summary>The program as its operator meets it: starts, refusals, kills, stops.</summary>
public sealed class MigratorProcessTests
{
    private static readonly Dictionary<string, string> Sqlite = [];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_and_started_again_it_is_ready_with_its_data()
    {
        await using var program = await MigratorProcess.StartAsync(Sqlite, Ct);
        var key = await File.ReadAllTextAsync(Path.Combine(program.Data, "master.key"), Ct);

        await program.KillAsync();
        Assert.Equal(MigratorProcess.Killed, program.ExitCode);
        await program.StartAgainAsync(Ct);

        using var answer = await program.CallAsync(HttpMethod.Get, "/api/v1/migrations", null, Ct);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(key, await File.ReadAllTextAsync(Path.Combine(program.Data, "master.key"), Ct));
    }

    [Fact]
    public async Task Asked_to_end_it_ends_with_code_0()
    {
        await using var program = await MigratorProcess.StartAsync(Sqlite, Ct);

        Assert.Equal(0, await program.StopAsync(Ct));
    }

    [Fact]
    public async Task A_second_one_on_the_same_data_folder_is_refused_with_words_and_the_first_goes_on()
    {
        await using var first = await MigratorProcess.StartAsync(Sqlite, Ct);
        await using var second = MigratorProcess.Create(Sqlite, first.Data);
        second.Launch();

        await second.WaitForExitAsync(Ct);

        Assert.NotEqual(0, second.ExitCode);
        Assert.Contains("Another Migrator is running with the data folder", second.Output, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await first.ReadinessAsync(Ct));
    }

    [Fact]
    public async Task Without_its_master_key_it_refuses_to_start_and_makes_no_new_one()
    {
        await using var program = await MigratorProcess.StartAsync(Sqlite, Ct);
        var key = Path.Combine(program.Data, "master.key");
        await program.StopAsync(Ct);
        File.Move(key, key + ".away");

        program.Launch();
        await program.WaitForExitAsync(Ct);

        Assert.NotEqual(0, program.ExitCode);
        Assert.Contains("is missing, but the database holds secrets", program.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(key));

        File.Move(key + ".away", key);
        await program.StartAgainAsync(Ct);
    }

    [Fact]
    public async Task Without_its_database_it_stays_up_says_so_and_gets_ready_by_itself()
    {
        await using var postgres = await PostgresServer.StartAsync();
        Assert.SkipUnless(postgres.IsOwn, postgres.Reason ?? "The PostgreSQL of MIGRATOR_TEST_POSTGRES is not ours to stop.");
        var settings = new Dictionary<string, string>
        {
            ["Migrator:Database:Provider"] = "postgres",
            ["Migrator:Database:ConnectionString"] = await postgres.CreateDatabaseAsync(),
        };
        await postgres.StopClusterAsync();
        await using var program = MigratorProcess.Create(settings);
        program.Launch();
        while (await program.ReadinessAsync(Ct) is null)
            await Task.Delay(50, Ct);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await program.ReadinessAsync(Ct));
        await postgres.StartClusterAsync();
        await program.UntilReadyAsync(Ct);

        await postgres.StopClusterAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await program.ReadinessAsync(Ct));
        await postgres.StartClusterAsync();
        await program.UntilReadyAsync(Ct);
    }

    [Fact]
    public async Task A_wrong_setting_ends_it_with_the_key_and_the_value()
    {
        await using var program = MigratorProcess.Create(new Dictionary<string, string> { ["Migrator:Engine:LeaseSeconds"] = "7000" });
        program.Launch();

        await program.WaitForExitAsync(Ct);

        Assert.NotEqual(0, program.ExitCode);
        Assert.Contains("Migrator:Engine:LeaseSeconds is 7000", program.Output, StringComparison.Ordinal);
    }
}
