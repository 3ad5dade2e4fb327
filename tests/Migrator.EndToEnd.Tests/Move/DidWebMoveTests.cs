using Migrator.Core.Migrations;
using Migrator.Jobs.Migrations;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Move;

/// <summary>An identity that is a file on its owner's own web server: no code, no recovery key; the owner publishes, Migrator looks.</summary>
public sealed class DidWebMoveTests(SharedNetwork shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_owner_is_told_what_to_publish_and_the_move_goes_on_when_it_stands_there()
    {
        var network = await shared.GetAsync(Cancel);
        var (account, page) = await network.CreateDidWebAccountAsync(network.A, Cancel);
        await using var _ = page;
        var before = await network.SnapshotAsync(network.A, account.Did, Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var move = new MoveDriver(host, network, account, network.A, network.B, Cancel);
        await move.DraftAsync(recoveryKey: false);
        await move.UntilReadyAsync();
        await move.GoAsync();
        var held = await host.UntilHoldAsync(move.Id, HoldCause.DidWebDocument, Cancel);
        Assert.Contains(held.Hold!.Details!, line => line.Contains(network.B.Url, StringComparison.Ordinal));
        var line = held.Hold.Details!.Single(detail => detail.Contains("publicKeyMultibase", StringComparison.Ordinal));

        await page.PublishAsync(Cancel, move.NewHandle, "did:key:" + line[(line.LastIndexOf(' ') + 1)..], network.B.Url);
        MoveDriver.Ok(await host.Service.ResumeAsync(MoveHost.Owner, move.Id, Cancel));
        var end = await move.UntilEndAsync();

        Assert.True(end.State is MigrationState.Completed, MoveHost.Story(end));
        var report = await network.JudgeAsync(
            new JudgeRequest(before, network.B) { Handle = move.NewHandle, From = network.A, Password = MoveDriver.NewPassword }, Cancel);
        Assert.True(report.Ok, report.ToString());
    }
}
