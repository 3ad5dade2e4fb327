using Migrator.Core.Migrations;
using Migrator.EndToEnd.Tests.Processes;
using Migrator.Jobs.Migrations;
using Migrator.Testing.Databases;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Restore;

/// <summary>
/// The program is killed, as hard as <c>kill -9</c>, in every step of a restore, the two changes of identity and the time between them
/// included. The end must be that of a restore nobody disturbed: the judge finds the account, and the log has exactly two new operations.
/// </summary>
public sealed class RestoreCrashTests(SharedNetwork shared)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>One point by default, the one that leaves an effect nobody wrote down; with MIGRATOR_TEST_FULL=1 each, on both databases.</summary>
    public static TheoryData<CrashPoint, bool> Matrix => Environment.GetEnvironmentVariable("MIGRATOR_TEST_FULL") == "1"
        ? [.. Enum.GetValues<CrashPoint>().SelectMany(point => new[] { (point, false), (point, true) })]
        : [(CrashPoint.Effect, false)];

    [Theory, MemberData(nameof(Matrix))]
    public async Task Killed_once_in_every_step_a_restore_ends_as_an_undisturbed_one(CrashPoint point, bool onPostgres)
    {
        var network = await shared.GetAsync(Ct);
        await using var postgres = onPostgres ? await PostgresServer.StartAsync() : null;
        Assert.SkipWhen(postgres is { IsAvailable: false }, postgres?.Reason ?? "");
        await using var lost = await LostAccount.CreateAsync(network, Ct);
        await lost.DieAsync();
        var operations = await lost.CountOperationsAsync(Ct);
        var settings = CrashMatrixTests.Settings(network);
        if (postgres is not null)
        {
            settings["Migrator:Database:Provider"] = "postgres";
            settings["Migrator:Database:ConnectionString"] = await postgres.CreateDatabaseAsync();
        }

        settings["MIGRATOR_CRASH_AT"] = string.Join(',', MigrationPlan.Restore.Select(step => $"{step}.{point}"));
        settings["MIGRATOR_CRASH_ONCE_FILE"] = "crashed-at"; // in the data folder, which is where the program runs
        await using var program = await MigratorProcess.StartAsync(settings, Ct);
        var calls = new ApiCalls(program, Ct);
        var id = (await calls.CallAsync<MigrationView>(HttpMethod.Post, "/restores", new CreateMigration(lost.Account.Did), "")).Id;
        var handle = network.NewHandle(network.B, "back");
        await CallAsync(HttpMethod.Put, "/target", new ChooseTarget(network.B.Url));
        await CallAsync(HttpMethod.Put, "/account", new ChooseAccount(handle, $"{id}@example.com", RestoreDriver.NewPassword, null));
        await CallAsync(HttpMethod.Put, "/restore/rotation-key", new GiveRotationKey(lost.Key.RevealMultibase(), null));
        await CallAsync(HttpMethod.Post, "/restore/files", new AddFiles(lost.KeptFolder()));
        await using (var supervisor = new Supervisor(program))
        {
            await CallAsync(HttpMethod.Post, "/start", null);
            await calls.UntilAsync(id, view => view.Hold?.Cause == HoldCause.Go, "the go");
            await CallAsync(HttpMethod.Post, "/restore/go", new GiveRestoreGo(lost.Account.Did));
            var end = await calls.UntilAsync(id, view => view.State.IsFinal(), "the end");
            Assert.True(end.State == MigrationState.Completed, ApiCalls.Story(end));
            Assert.Equal(MigrationPlan.Restore.Count, Directory.GetFiles(program.Data, "crashed-at.*").Length);
            Assert.Equal(MigrationPlan.Restore.Count, supervisor.Restarts);
        }

        var report = await network.JudgeAsync(lost.Judge(network.B, handle, RestoreDriver.NewPassword), Ct);
        Assert.True(report.Ok, report.ToString());
        Assert.Equal(operations + 2, await lost.CountOperationsAsync(Ct));
        Assert.Equal(0, lost.Heard);

        Task<MigrationView> CallAsync(HttpMethod method, string path, object? command) =>
            calls.CallAsync<MigrationView>(method, $"/migrations/{id}{path}", command, id);
    }
}
