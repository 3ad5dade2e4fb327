using Migrator.Core.AtProto.Crypto;
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
        var account = await network.CreateAccountAsync(network.A, Cancel);
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
        Assert.Contains("groups of settings", end.Steps.Single(step => step.Name == StepName.CopyPreferences).Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_way_back_brings_the_account_home_with_the_recovery_key_still_on_top()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        var before = await network.SnapshotAsync(network.A, account.Did, Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var move = new MoveDriver(host, network, account, network.A, network.B, Cancel);
        var moved = await move.MoveAsync();
        Assert.True(moved.WayBack.Possible, moved.WayBack.Explanation);

        // A form that is refused leaves nothing behind: a move that has ended is not cleaned up once more.
        MigrationId.TryParse(move.Id, out var id);
        await host.UntilAsync(move.Id, _ => Directory.GetFiles(Path.Combine(host.Folder, "work", move.Id)).Length == 1, "cleaned up", Cancel);
        var refused = await host.Service.TakeWayBackAsync(
            MoveHost.Owner, move.Id, new TakeWayBack(account.Handle, move.Kit!.PrivateKeyHex, "not the password", null, null), Cancel);
        Assert.Equal("SourcePassword", Assert.Single(refused.Problems).Field);
        foreach (var name in Enum.GetValues<SecretName>())
            Assert.Null(await host.Get<ISecretStore>().ReadAsync(id, name, Cancel));

        MoveDriver.Ok(await host.Service.TakeWayBackAsync(
            MoveHost.Owner, move.Id, new TakeWayBack(account.Handle, move.Kit.PrivateKeyHex, account.Password, null, MoveDriver.NewPassword), Cancel));
        var end = await host.UntilAsync(move.Id, view => view.State is MigrationState.Undone, "undone", Cancel);

        var report = await network.JudgeAsync(
            new JudgeRequest(before, network.A) { Handle = account.Handle, From = network.B, UserKeys = [move.Kit.DidKey], Password = account.Password }, Cancel);
        Assert.True(report.Ok, $"{report}\n{MoveHost.Story(end)}");
    }

    [Fact]
    public async Task Who_holds_a_rotation_key_already_signs_with_it_and_needs_no_code()
    {
        var network = await shared.GetAsync(Cancel);
        using var key = PrivateKey.Generate(KeyCurve.P256);
        var account = await network.CreateAccountAsync(network.A, Cancel, fill: new FillOptions { RecoveryKey = key.PublicKey.DidKey });
        var before = await network.SnapshotAsync(network.A, account.Did, Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var move = new MoveDriver(host, network, account, network.A, network.B, Cancel);
        await move.DraftAsync(broughtKey: key.PublicKey.DidKey);
        await move.UntilReadyAsync();
        await move.GoAsync("key", key.RevealMultibase());
        var end = await move.UntilEndAsync();

        Assert.True(end.State == MigrationState.Completed, MoveHost.Story(end));
        Assert.NotNull(end.WayBack.NullifyUntil);
        Assert.Null(await network.ReadCodeAsync(network.A, account.Did, Cancel));
        var report = await network.JudgeAsync(
            new JudgeRequest(before, network.B) { Handle = move.NewHandle, From = network.A, UserKeys = [key.PublicKey.DidKey], Password = MoveDriver.NewPassword }, Cancel);
        Assert.True(report.Ok, report.ToString());
    }

    [Fact]
    public async Task Nothing_secret_and_no_copy_is_left_after_the_end()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var move = new MoveDriver(host, network, account, network.A, network.B, Cancel);
        await move.MoveAsync();

        MigrationId.TryParse(move.Id, out var id);
        await host.UntilAsync(move.Id, _ => Directory.GetFiles(Path.Combine(host.Folder, "work", move.Id)).Length == 1, "only the report left", Cancel);
        foreach (var name in Enum.GetValues<SecretName>())
            Assert.Null(await host.Get<ISecretStore>().ReadAsync(id, name, Cancel));
        Assert.Equal(["parity.json"], Directory.GetFiles(Path.Combine(host.Folder, "work", move.Id)).Select(Path.GetFileName));
    }
}
