using Migrator.Core.Migrations;
using Migrator.EndToEnd.Tests.Move;
using Migrator.Jobs.Migrations;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Restore;

/// <summary>A whole restore with every log open; the keys are then looked for everywhere, and are gone at the end.</summary>
public sealed class RestoreSecretsTests(SharedNetwork shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_rotation_key_and_the_temporary_key_stand_in_no_log_and_nowhere_readable_and_are_erased()
    {
        var network = await shared.GetAsync(Cancel);
        await using var lost = await LostAccount.CreateAsync(network, Cancel);
        await lost.DieAsync();
        using var logs = new LogKeeper();
        await using var host = await MoveHost.StartAsync(network, logs, Cancel);
        var restore = new RestoreDriver(host, lost, network.B, Cancel);
        await restore.DraftAsync(lost.KeptFolder());
        List<string> secrets = [lost.Key.RevealHex(), lost.Key.RevealMultibase(), RestoreDriver.NewPassword, SecretsTests.TokenStart];
        SecretsTests.AssertNowhereOnDisk(host.Folder, secrets);
        await restore.UntilReadyAsync();
        await restore.GoAsync();
        var end = await restore.UntilEndAsync();
        Assert.True(end.State == MigrationState.Completed, MoveHost.Story(end));
        SecretsTests.AssertNowhereOnDisk(host.Folder, secrets);
        foreach (var secret in secrets)
            Assert.DoesNotContain(logs.Lines, line => line.Contains(secret, StringComparison.Ordinal));

        MigrationId.TryParse(restore.Id, out var id);
        await host.UntilAsync(restore.Id, _ => Directory.GetFileSystemEntries(Path.Combine(host.Folder, "work", restore.Id)).Length == 1, "only the report left", Cancel);
        foreach (var name in Enum.GetValues<SecretName>())
            Assert.Null(await host.Get<ISecretStore>().ReadAsync(id, name, Cancel));
    }

    [Fact]
    public void Commands_with_a_secret_do_not_print_it()
    {
        var vault = new VaultInput(AccessKey: "marked", SecretKey: "marked");
        object[] commands = [new GiveRotationKey("marked", null), vault, new LookIntoVault(vault, "marked"), new AddSnapshot(vault, "marked")];
        Assert.All(commands, command => Assert.DoesNotContain("marked", command.ToString(), StringComparison.Ordinal));
    }
}
