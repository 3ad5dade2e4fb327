using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Backups;
using Migrator.Core.Migrations;
using Migrator.Core.Vaults;
using Migrator.EndToEnd.Tests.Move;
using Migrator.Jobs.Migrations;
using Migrator.Testing;
using Migrator.Testing.Backups;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Restore;

/// <summary>
/// Restores from a backup in which something is not right. One in which everything is, is clicked through by BrowserRestoreTests.
/// </summary>
public sealed class SnapshotRestoreTests(SharedNetwork shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_wrong_key_is_said_at_the_field_and_what_is_lost_is_named_before_the_claim_and_may_come_from_elsewhere()
    {
        var network = await shared.GetAsync(Cancel);
        await using var lost = await LostAccount.CreateAsync(network, Cancel);
        await using var world = new BackupWorld(
            null, ("Migrator:Plc:Url", network.Plc.Url), ("Migrator:Identity:HandleResolvers:0", lost.Server.Url));
        var folder = Path.Combine(world.Folder, "vault");
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var stored = await BackUpAsync(world, host, lost, folder);
        await lost.DieAsync();
        var restore = new RestoreDriver(host, lost, network.B, Cancel);
        await restore.DraftAsync(null);
        using var other = Core.Age.AgeIdentity.Generate();
        var wrong = await restore.Restores.AddSnapshotAsync(
            MoveHost.Owner, restore.Id, new AddSnapshot(new VaultInput(Folder: folder), other.RevealText()), Cancel);
        Assert.Equal(ServiceOutcome.Invalid, wrong.Outcome);
        MoveDriver.Ok(await restore.Restores.AddSnapshotAsync(
            MoveHost.Owner, restore.Id, new AddSnapshot(new VaultInput(Folder: folder), world.Identity.RevealText()), Cancel));

        // A pack rots at its end: that takes along every picture in the last 64 KiB that were sealed together.
        await using var vault = host.Get<IVaultFactory>().Open(new FileVaultSettings(folder), null);
        var opened = await SnapshotReader.OpenAsync(vault, stored.Name, [world.Identity], Cancel);
        var pack = await opened.ListBlobsAsync(Cancel).Where(blob => blob.Offset is not null).GroupBy(blob => blob.Object!)
            .FirstAsync(Cancel);
        var lastPart = (pack.Max(blob => blob.Offset + blob.Size)!.Value - 1) / 65_536 * 65_536;
        var rotten = pack.Where(blob => blob.Offset + blob.Size > lastPart).Select(blob => blob.Cid.ToString())
            .Order(StringComparer.Ordinal);
        var path = Path.Combine(folder, BackupLayout.Absolute(opened.AccountId, pack.Key.Name));
        var bytes = await File.ReadAllBytesAsync(path, Cancel);
        bytes[^20] ^= 1;
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.WriteAllBytesAsync(path, bytes, Cancel);

        var held = await restore.UntilReadyAsync();
        Assert.True(held.Hold!.Cause == HoldCause.MissingBlobs, MoveHost.Story(held));
        Assert.Equal(rotten, held.BlobProblems.Select(problem => problem.Cid).Order(StringComparer.Ordinal));
        Assert.Null(held.Restore!.ClaimedAt);

        // Even its list of files is lost: its records count all the same, and another source gives the files.
        foreach (var page in opened.Manifest.Blobs.Pages)
            File.Delete(Path.Combine(folder, BackupLayout.Absolute(opened.AccountId, page.Name)));
        MoveDriver.Ok(await restore.Restores.AddFilesAsync(MoveHost.Owner, restore.Id, new AddFiles(lost.KeptFolder()), Cancel));
        var ready = await host.UntilAsync(
            restore.Id, view =>
                view.Hold is { NeedsThePerson: true } && (view.Hold.Cause != HoldCause.MissingBlobs || view.Hold.Since > held.Hold.Since),
                    "a new hold", Cancel);
        Assert.True(ready.Hold!.Cause == HoldCause.Go, MoveHost.Story(ready));
        Assert.Equal(lost.Account.Blobs.Select(blob => blob.Cid).Distinct().Count(), ready.Restore!.Gathered!.BlobsFound);
        Assert.Contains(ready.Restore.Gathered.Sources, note => note.Contains("its files cannot be read", StringComparison.Ordinal));
    }

    private static async Task<SnapshotSummary> BackUpAsync(BackupWorld world, MoveHost host, LostAccount lost, string folder)
    {
        await using var vault = host.Get<IVaultFactory>().Open(new FileVaultSettings(folder), null);
        var marker = await VaultMarker.ReadOrCreateAsync(vault, Cancel);
        var did = Did.Parse(lost.Account.Did);
        var opened = await world.Get<PdsClientFactory>().Anonymous(new Uri(lost.Server.Url))
            .CreateSessionAsync(lost.Account.Did, lost.Account.Password, null, Cancel);
        return await world.StoreAsync(did, Cancel, order => order with
        {
            Vaults = [new BackupVault(marker.Id, vault)],
            Session = new MemorySessionVault(opened.Value.Tokens),
        });
    }
}
