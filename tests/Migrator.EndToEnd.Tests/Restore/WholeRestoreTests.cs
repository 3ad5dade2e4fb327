using Migrator.Core.AtProto.Crypto;
using Migrator.Core.Migrations;
using Migrator.EndToEnd.Tests.Move;
using Migrator.Jobs.Migrations;
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
    public async Task From_a_folder_with_a_CAR_file_and_blobs_the_account_lives_again_and_no_key_is_left_behind(KeyCurve curve)
    {
        var network = await shared.GetAsync(Cancel);
        await using var lost = await LostAccount.CreateAsync(network, Cancel, curve);
        await lost.DieAsync();
        var operations = await lost.CountOperationsAsync(Cancel);
        using var logs = new LogKeeper();
        await using var host = await MoveHost.StartAsync(network, logs, Cancel);
        var restore = new RestoreDriver(host, lost, network.B, Cancel);
        await restore.DraftAsync(lost.KeptFolder());
        List<string> secrets = [lost.Key.RevealHex(), lost.Key.RevealMultibase(), RestoreDriver.NewPassword, SecretsTests.InTokens];
        SecretsTests.AssertNowhereOnDisk(host.Folder, secrets);
        var ready = await restore.UntilReadyAsync();
        Assert.True(ready.Hold!.Cause == HoldCause.Go, MoveHost.Story(ready));
        await restore.GoAsync();
        var end = await restore.UntilEndAsync();

        Assert.True(end.State == MigrationState.Completed, MoveHost.Story(end));
        var report = await network.JudgeAsync(lost.Judge(network.B, restore.NewHandle, RestoreDriver.NewPassword), Cancel);
        Assert.True(report.Ok, $"{report}\n{MoveHost.Story(end)}");
        Assert.Equal(operations + 2, await lost.CountOperationsAsync(Cancel));
        Assert.Equal(0, lost.Heard);

        // With every log open: the keys stand in none, nowhere readable, and at the end nowhere at all.
        SecretsTests.AssertNowhereOnDisk(host.Folder, secrets);
        foreach (var secret in secrets)
            Assert.DoesNotContain(logs.Lines, line => line.Contains(secret, StringComparison.Ordinal));
        MigrationId.TryParse(restore.Id, out var id);
        var work = Path.Combine(host.Folder, "work", restore.Id);
        await host.UntilAsync(restore.Id, _ => Directory.GetFileSystemEntries(work).Length == 1, "only the report left", Cancel);
        foreach (var name in Enum.GetValues<SecretName>())
            Assert.Null(await host.Get<ISecretStore>().ReadAsync(id, name, Cancel));
    }

    [Fact]
    public void Commands_with_a_secret_do_not_print_it()
    {
        var vault = new VaultInput(AccessKey: "marked", SecretKey: "marked");
        object[] commands = [new GiveRotationKey("marked", null), vault, new LookIntoVault(vault, "marked"),
            new AddSnapshot(vault, "marked")];
        Assert.All(commands, command => Assert.DoesNotContain("marked", command.ToString(), StringComparison.Ordinal));
    }
}
