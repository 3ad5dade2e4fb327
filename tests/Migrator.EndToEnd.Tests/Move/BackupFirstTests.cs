using Migrator.Core.Migrations;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Migrations;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Move;

/// <summary>Who has set up backups gets a sealed one before the move changes anything.</summary>
public sealed class BackupFirstTests(SharedNetwork shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_move_waits_for_a_sealed_backup_and_says_so_when_that_cannot_be_made()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var backups = host.Get<IBackupService>();
        var folder = Path.Combine(host.Folder, "vault");
        var vault = Ok(await backups.AddVaultAsync(MoveHost.Owner, new AddVault("Disk", "file", folder), Cancel));
        var kit = Ok(await backups.MakeKeyAsync(MoveHost.Owner, new MakeBackupKey("Paper"), Cancel));
        Ok(await backups.ProveKeyAsync(MoveHost.Owner, kit.Key.Id, new ProveBackupKey(kit.PrivateKey), Cancel));
        // As when the disk is not mounted.
        Directory.Move(folder, folder + ".away");
        Ok(await backups.CreatePlanAsync(
            MoveHost.Owner,
            new SavePlan("Every day", "accounts", [account.Did], null, [vault.Id], [kit.Key.Id], new ScheduleInput(24, JitterMinutes: 0)),
            Cancel));
        var move = new MoveDriver(host, network, account, network.A, network.B, Cancel);
        await move.DraftAsync();
        await move.StartAsync();

        var held = await host.UntilAsync(move.Id, view => view.Hold is { NeedsThePerson: true }, "held for the backup", Cancel);
        Assert.Contains("Every day", held.Hold!.Message, StringComparison.Ordinal);
        Assert.Null(held.Parity);

        Directory.Move(folder + ".away", folder);
        var item = Assert.Single(await backups.ListAccountsAsync(MoveHost.Owner, null, Cancel));
        Ok(await backups.RunAccountAsync(MoveHost.Owner, item.Id, Cancel));
        await host.UntilAsync(move.Id, view => view.State == MigrationState.ReadyForCutover, "ready to move", Cancel);

        var snapshot = Assert.Single(await backups.ListSnapshotsAsync(MoveHost.Owner, item.Id, null, 10, Cancel));
        Assert.Equal((account.Records, account.Blobs.Count), ((int)snapshot.Records, (int)snapshot.Blobs));
    }

    private static T Ok<T>(ServiceResult<T> result)
        where T : class => result.Value ?? throw new InvalidOperationException(MoveHost.Text(result));
}
