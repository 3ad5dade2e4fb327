using System.Globalization;
using Migrator.Core.Migrations;
using Migrator.Testing.Databases;
using Migrator.Testing.Network;
using Npgsql;
using Xunit;

namespace Migrator.EndToEnd.Tests.Processes;

/// <summary>
/// Two workers and a third process for the pages on one PostgreSQL. Whoever works is stopped in its tracks (SIGSTOP) until the other has
/// taken over, and then goes on with what it was doing: again and again through the whole move. Nothing may happen twice.
/// </summary>
public sealed class SleepingWorkerTests(SharedNetwork shared)
{
    private const int Naps = 12;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_worker_that_slept_through_its_lease_harms_nothing_when_it_wakes()
    {
        var network = await shared.GetAsync(Ct);
        await using var postgres = await PostgresServer.StartAsync();
        Assert.SkipUnless(postgres.IsAvailable, postgres.Reason ?? "");
        var connectionString = await postgres.CreateDatabaseAsync();
        var account = await network.CreateAccountAsync(network.A, Ct);
        var before = await network.SnapshotAsync(network.A, account.Did, Ct);
        var operations = await CrashMatrixTests.CountOperationsAsync(network, account.Did);
        var settings = CrashMatrixTests.Settings(network);
        settings["Migrator:Database:Provider"] = "postgres";
        settings["Migrator:Database:ConnectionString"] = connectionString;

        settings["Migrator:Role"] = "web";
        await using var pages = await MigratorProcess.StartAsync(settings, Ct);
        var workerSettings = new Dictionary<string, string>(settings) { ["Migrator:Role"] = "worker" };
        await using var first = await MigratorProcess.StartAsync(workerSettings, Ct, pages.Data);
        await using var second = await MigratorProcess.StartAsync(workerSettings, Ct, pages.Data);
        using (var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }))
        using (var door = await browser.GetAsync(new Uri(first.Url, "/enter"), Ct))
            Assert.Equal(System.Net.HttpStatusCode.NotFound, door.StatusCode);
        var move = new ApiMove(pages, network, account, network.A, network.B, Ct);
        await move.DraftAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var tormenting = PutToSleepAsync([first, second], connectionString, stop.Token);
        var end = await move.RunAsync();
        await stop.CancelAsync();
        var naps = await tormenting;

        Assert.True(end.State == MigrationState.Completed, ApiMove.Story(end));
        Assert.True(naps > 0, "Nobody was put to sleep: the move was over too soon.");
        Assert.Matches("took over|another worker's now|could not be renewed in time", first.Output + second.Output);
        var report = await network.JudgeAsync(
            new JudgeRequest(before, network.B)
            {
                Handle = move.NewHandle,
                From = network.A,
                UserKeys = [move.Kit!.DidKey],
                Password = ApiMove.NewPassword,
            },
            Ct);
        Assert.True(report.Ok, report.ToString());
        Assert.Equal(operations + 1, await CrashMatrixTests.CountOperationsAsync(network, account.Did));
    }

    /// <returns>How often a worker slept until the other took over.</returns>
    private static async Task<int> PutToSleepAsync(IReadOnlyList<MigratorProcess> workers, string connectionString, CancellationToken ct)
    {
        var naps = 0;
        try
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync(ct);
            while (naps < Naps)
            {
                var (fence, holder) = await ReadLeaseAsync(connection, ct);
                if (workers.FirstOrDefault(worker => worker.Pid == holder) is not { } sleeper)
                {
                    await Task.Delay(20, ct);
                    continue;
                }

                sleeper.Freeze();
                try
                {
                    while ((await ReadLeaseAsync(connection, ct)).Fence == fence)
                        await Task.Delay(20, ct);
                    naps++;
                }
                finally
                {
                    sleeper.Thaw();
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The move is over.
        }

        return naps;
    }

    /// <summary>The only migration's fencing number and the process that holds its lease (0: nobody).</summary>
    private static async Task<(long Fence, int Holder)> ReadLeaseAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT fence, lease_holder FROM migration", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct) || await reader.IsDBNullAsync(1, ct))
            return (0, 0);
        return (reader.GetInt64(0), int.Parse(reader.GetString(1).Split('/')[1], CultureInfo.InvariantCulture));
    }
}
