using Migrator.Core.Migrations;
using Migrator.Jobs.Migrations;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Move;

/// <summary>The whole move on real servers; whether it is right is judged by the reference libraries alone.</summary>
public sealed class WholeMoveTests(SharedNetwork shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_account_is_moved_and_the_judge_finds_nothing_missing()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, network.NewHandle(network.A), new FillOptions(), Cancel);
        var before = await network.SnapshotAsync(network.A, account.Did, Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var move = new MoveDriver(host, network, account, network.A, network.B, Cancel);

        var end = await move.MoveAsync();

        Assert.True(end.State == MigrationState.Completed, MoveHost.Story(end));
        var report = await network.JudgeAsync(
            new JudgeRequest(before, network.B) { Handle = move.NewHandle, From = network.A, UserKeys = [move.Kit!.DidKey], Password = MoveDriver.NewPassword }, Cancel);
        Assert.True(report.Ok, report.ToString());
        Assert.Equal(account.Records, end.Parity!.Records);
        Assert.Equal(account.Blobs.Count, end.Parity.Blobs);
    }
}
