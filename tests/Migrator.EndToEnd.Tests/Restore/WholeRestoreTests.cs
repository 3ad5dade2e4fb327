using Migrator.Core.AtProto.Crypto;
using Migrator.Core.Migrations;
using Migrator.EndToEnd.Tests.Move;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Restore;

/// <summary>
/// An account whose server was killed and wiped lives again on another one; whether it is right is judged by the reference libraries alone.
/// </summary>
public sealed class WholeRestoreTests(SharedNetwork shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Both curves with MIGRATOR_TEST_FULL=1; by default the one that servers do not use themselves.</summary>
    public static TheoryData<KeyCurve> Curves =>
        Environment.GetEnvironmentVariable("MIGRATOR_TEST_FULL") == "1" ? [KeyCurve.P256, KeyCurve.K256] : [KeyCurve.P256];

    [Theory, MemberData(nameof(Curves))]
    public async Task From_a_folder_with_a_CAR_file_and_blobs_the_account_lives_again(KeyCurve curve)
    {
        var network = await shared.GetAsync(Cancel);
        await using var lost = await LostAccount.CreateAsync(network, Cancel, curve);
        await lost.DieAsync();
        var operations = await lost.CountOperationsAsync(Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var restore = new RestoreDriver(host, lost, network.B, Cancel);

        var end = await restore.RestoreAsync(lost.KeptFolder());

        Assert.True(end.State == MigrationState.Completed, MoveHost.Story(end));
        var report = await network.JudgeAsync(lost.Judge(network.B, restore.NewHandle, RestoreDriver.NewPassword), Cancel);
        Assert.True(report.Ok, $"{report}\n{MoveHost.Story(end)}");
        Assert.Equal(operations + 2, await lost.CountOperationsAsync(Cancel));
        Assert.Equal(0, lost.Heard);
    }
}
