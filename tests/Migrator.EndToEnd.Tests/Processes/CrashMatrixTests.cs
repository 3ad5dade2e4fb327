using System.Net.Http.Json;
using System.Text.Json;
using Migrator.Core.Migrations;
using Migrator.Testing.Databases;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Processes;

/// <summary>
/// The program is killed, as hard as <c>kill -9</c>, in every step of a move: before it, after its intent was recorded, after its effect and
/// after its record. Each move is killed once in each of its steps, so later kills meet what earlier ones left. The end must be that of a
/// move nobody disturbed: the judge finds the same account, and the directory has exactly one new operation.
/// </summary>
public sealed class CrashMatrixTests(SharedNetwork shared)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Each point on SQLite, and one on PostgreSQL; with MIGRATOR_TEST_FULL=1 each on both.</summary>
    public static TheoryData<CrashPoint, bool> Matrix => Environment.GetEnvironmentVariable("MIGRATOR_TEST_FULL") == "1"
        ? [.. Enum.GetValues<CrashPoint>().SelectMany(point => new[] { (point, false), (point, true) })]
        : [.. Enum.GetValues<CrashPoint>().Select(point => (point, false)), (CrashPoint.Effect, true)];

    [Theory, MemberData(nameof(Matrix))]
    public async Task Killed_once_in_every_step_a_move_ends_as_an_undisturbed_one(CrashPoint point, bool onPostgres)
    {
        var network = await shared.GetAsync(Ct);
        await using var postgres = onPostgres ? await PostgresServer.StartAsync() : null;
        Assert.SkipWhen(postgres is { IsAvailable: false }, postgres?.Reason ?? "");
        var account = await network.CreateAccountAsync(network.A, Ct);
        var before = await network.SnapshotAsync(network.A, account.Did, Ct);
        var operations = await CountOperationsAsync(network, account.Did);
        var settings = Settings(network);
        if (postgres is not null)
        {
            settings["Migrator:Database:Provider"] = "postgres";
            settings["Migrator:Database:ConnectionString"] = await postgres.CreateDatabaseAsync();
        }

        settings["MIGRATOR_CRASH_AT"] = string.Join(',', MigrationPlan.Move.Select(step => $"{step}.{point}"));
        settings["MIGRATOR_CRASH_ONCE_FILE"] = "crashed-at"; // in the data folder, which is where the program runs
        await using var program = await MigratorProcess.StartAsync(settings, Ct);
        var move = new ApiMove(program, network, account, network.A, network.B, Ct);
        await move.DraftAsync();
        await using (var supervisor = new Supervisor(program))
        {
            var end = await move.RunAsync();
            Assert.True(end.State == MigrationState.Completed, ApiMove.Story(end));
            Assert.Equal(MigrationPlan.Move.Count, Directory.GetFiles(program.Data, "crashed-at.*").Length);
            Assert.Equal(MigrationPlan.Move.Count, supervisor.Restarts);
        }

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
        Assert.Equal(operations + 1, await CountOperationsAsync(network, account.Did));
    }

    internal static Dictionary<string, string> Settings(RealNetwork network) => new()
    {
        ["Migrator:Plc:Url"] = network.Plc.Url,
        ["Migrator:Network:AllowPrivate:0"] = "localhost:*",
        ["Migrator:Identity:HandleResolvers:0"] = network.A.Url,
        ["Migrator:Identity:HandleResolvers:1"] = network.B.Url,
        ["Migrator:Move:StandbyEvery"] = "00:00:01",
        ["Migrator:Move:FirstPause"] = "00:00:00.2",
        ["Migrator:Engine:LeaseSeconds"] = "2",
        ["Migrator:Engine:ReconcileSeconds"] = "1",
    };

    internal static async Task<int> CountOperationsAsync(RealNetwork network, string did)
    {
        using var http = new HttpClient();
        return (await http.GetFromJsonAsync<JsonElement>($"{network.Plc.Url}/{did}/log/audit", Ct)).GetArrayLength();
    }
}
