using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Backups;
using Migrator.Core.Migrations;
using Migrator.Core.Vaults;
using Migrator.EndToEnd.Tests.Move;
using Migrator.Jobs.Migrations;
using Migrator.Testing;
using Migrator.Testing.Backups;
using Migrator.Testing.S3;
using Migrator.Testing.Network;

namespace Migrator.EndToEnd.Tests.Restore;

/// <summary>What can be restored from beside files: a bucket that this Migrator never saw, and an old server that gives itself to its owner only.</summary>
public sealed class RestoreSourcesTests(SharedNetwork shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_account_that_is_switched_off_at_the_old_server_is_read_with_a_sign_in_that_is_erased_at_the_end()
    {
        var network = await shared.GetAsync(Cancel);
        await using var lost = await LostAccount.CreateAsync(network, Cancel);
        await (await lost.Account.SignInAsync(Cancel)).PostAsync("com.atproto.server.deactivateAccount", new { }, Cancel);
        var absent = lost.Account.Blobs[0].Cid;
        await using var host = await MoveHost.StartAsync(network, Cancel, ("Migrator:Move:WatchEvery", "00:00:01"));
        var restore = new RestoreDriver(host, lost, network.B, Cancel);
        await restore.DraftAsync(lost.KeptFolder(cid => cid != absent));
        MoveDriver.Ok(await restore.Restores.AddOldServerAsync(MoveHost.Owner, restore.Id, new AddOldServer(), Cancel));
        var held = await restore.UntilReadyAsync();
        Assert.Equal(HoldCause.MissingBlobs, held.Hold!.Cause);
        Assert.Contains(held.Restore!.Gathered!.Sources, note => note.Contains("switched off there", StringComparison.Ordinal));

        var wrong = await restore.Restores.AddOldServerAsync(MoveHost.Owner, restore.Id, new AddOldServer("not it"), Cancel);
        Assert.Equal(nameof(AddOldServer.Password), Assert.Single(wrong.Problems).Field);
        var added = MoveDriver.Ok(await restore.Restores.AddOldServerAsync(MoveHost.Owner, restore.Id, new AddOldServer(lost.Account.Password), Cancel));
        Assert.True(added.Restore!.SignedInAtOldServer);
        Assert.Equal(2, added.Restore.Sources.Count);
        await restore.UntilHoldAsync(HoldCause.Go);
        await lost.DieAsync();
        await restore.GoAsync();
        var end = await restore.UntilEndAsync();

        Assert.True(end.State == MigrationState.Completed, MoveHost.Story(end));
        Assert.True(MigrationId.TryParse(restore.Id, out var id));
        // Secrets go after the end is shown, and before the files.
        var work = Path.Combine(host.Folder, "work", restore.Id);
        await host.UntilAsync(restore.Id, _ => Directory.GetFileSystemEntries(work).Length == 1, "only the report left", Cancel);
        Assert.Null(await host.Get<ISecretStore>().ReadAsync(id, SecretName.SourceTokens, Cancel));
        var report = await network.JudgeAsync(lost.Judge(network.B, restore.NewHandle, RestoreDriver.NewPassword), Cancel);
        Assert.True(report.Ok, report.ToString());
        Assert.Null(end.IdentityWarning);

        // Somebody changes the identity afterwards: that is seen, and said with what to do and until when.
        await Identities.ChangeAsync(network, lost.Account.Did, network.B, body => body with { AlsoKnownAs = ["at://thief.example.com"] }, Cancel);
        var warned = await host.UntilAsync(restore.Id, view => view.IdentityWarning is not null, "the warning", Cancel);
        Assert.Contains("rotation key 2 signed another change", warned.IdentityWarning, StringComparison.Ordinal);
        Assert.Contains("Was this you?", warned.IdentityWarning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task From_a_bucket_that_was_never_seen_here_the_account_lives_again_and_what_is_wrong_stands_at_its_field()
    {
        var network = await shared.GetAsync(Cancel);
        await using var lost = await LostAccount.CreateAsync(network, Cancel);
        await using var store = await S3Server.StartAsync();
        await using var world = new BackupWorld(null, ("Migrator:Plc:Url", network.Plc.Url), ("Migrator:Identity:HandleResolvers:0", lost.Server.Url));
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var bucket = new VaultInput(
            Endpoint: $"http://localhost:{store.Url.Port}", Bucket: store.Options.Bucket, Prefix: "mine", AccessKey: store.Options.AccessKeyId,
            SecretKey: store.Options.SecretAccessKey);
        await BackUpAsync(world, host, lost, bucket);
        await lost.DieAsync();
        var restore = new RestoreDriver(host, lost, network.B, Cancel);
        await restore.DraftAsync(null);
        var key = world.Identity.RevealText();

        async Task<string> WrongFieldAsync(VaultInput input) =>
            Assert.Single((await restore.Restores.LookIntoVaultAsync(MoveHost.Owner, new LookIntoVault(input, key), Cancel)).Problems).Field;
        Assert.Equal("Vault.AccessKey", await WrongFieldAsync(bucket with { SecretKey = "another" }));
        Assert.Equal("Vault.SecretKey", await WrongFieldAsync(bucket with { SecretKey = "" }));
        Assert.Equal("Vault.Endpoint", await WrongFieldAsync(bucket with { Endpoint = "not an address" }));
        Assert.Equal("Vault.Endpoint", await WrongFieldAsync(bucket with { Bucket = "nowhere" }));
        var looked = MoveDriver.Ok(await restore.Restores.LookIntoVaultAsync(MoveHost.Owner, new LookIntoVault(bucket, key), Cancel));
        Assert.Equal(lost.Account.Did, Assert.Single(looked.Accounts).Did);

        // A second bucket with keys of its own does not take the first one's keys away.
        await using var second = await S3Server.StartAsync(new S3ServerOptions { AccessKeyId = "ANOTHERKEYID", SecretAccessKey = "another-secret-access-key" });
        MoveDriver.Ok(await restore.Restores.AddSnapshotAsync(MoveHost.Owner, restore.Id, new AddSnapshot(bucket, key), Cancel));
        foreach (var (name, bytes) in store.Objects)
            second.Put(name, bytes);
        MoveDriver.Ok(await restore.Restores.AddSnapshotAsync(MoveHost.Owner, restore.Id, new AddSnapshot(
            bucket with { Endpoint = $"http://localhost:{second.Url.Port}", AccessKey = "ANOTHERKEYID", SecretKey = "another-secret-access-key" }, key), Cancel));
        var ready = await restore.UntilReadyAsync();
        Assert.True(ready.Hold!.Cause == HoldCause.Go, MoveHost.Story(ready));
        await restore.GoAsync();
        var end = await restore.UntilEndAsync();

        Assert.True(end.State == MigrationState.Completed, MoveHost.Story(end));
        var report = await network.JudgeAsync(lost.Judge(network.B, restore.NewHandle, RestoreDriver.NewPassword), Cancel);
        Assert.True(report.Ok, report.ToString());
        Assert.Equal(0, lost.Heard);
    }

    [Fact]
    public async Task A_source_that_is_gone_after_the_claim_can_be_replaced_by_another()
    {
        var network = await shared.GetAsync(Cancel);
        await using var lost = await LostAccount.CreateAsync(network, Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var restore = new RestoreDriver(host, lost, network.B, Cancel);
        var first = lost.KeptFolder();
        await restore.DraftAsync(first);

        // An upload that breaks off, or is taken out again, leaves nothing on the disk.
        var uploads = Path.Combine(host.Folder, "work", restore.Id, "uploads");
        await using (var broken = new BrokenStream())
            await Assert.ThrowsAsync<IOException>(() => restore.Restores.UploadAsync(MoveHost.Owner, restore.Id, "a.car", broken, Cancel));
        Assert.Empty(Directory.GetFiles(uploads));
        var uploaded = MoveDriver.Ok(await restore.Restores.UploadAsync(MoveHost.Owner, restore.Id, "a.car", new MemoryStream([1, 2, 3]), Cancel));
        Assert.Single(Directory.GetFiles(uploads));
        MoveDriver.Ok(await restore.Restores.RemoveSourceAsync(MoveHost.Owner, restore.Id, uploaded.Restore!.Sources[1].Id, Cancel));
        Assert.Empty(Directory.GetFiles(uploads));

        await restore.UntilReadyAsync();
        await lost.DieAsync();
        Directory.Move(first, first + ".away");
        await restore.GoAsync();
        var held = await restore.UntilHoldAsync(HoldCause.MissingBlobs);
        Assert.True(held.Can.EditSources);

        MoveDriver.Ok(await restore.Restores.AddFilesAsync(MoveHost.Owner, restore.Id, new AddFiles(first + ".away"), Cancel));
        MoveDriver.Ok(await restore.Restores.RemoveSourceAsync(MoveHost.Owner, restore.Id, held.Restore!.Sources[0].Id, Cancel));
        var end = await restore.UntilEndAsync();

        Assert.True(end.State == MigrationState.Completed, MoveHost.Story(end));
        var report = await network.JudgeAsync(lost.Judge(network.B, restore.NewHandle, RestoreDriver.NewPassword), Cancel);
        Assert.True(report.Ok, report.ToString());
        Directory.Move(first + ".away", first);
    }

    /// <summary>An upload whose sender goes away in the middle.</summary>
    private sealed class BrokenStream : MemoryStream
    {
        private bool _begun;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_begun)
                throw new IOException("The sender went away.");
            _begun = true;
            return ValueTask.FromResult(buffer.Length);
        }
    }

    private static async Task BackUpAsync(BackupWorld world, MoveHost host, LostAccount lost, VaultInput bucket)
    {
        await using var vault = host.Get<IVaultFactory>().Open(
            new S3VaultSettings(new Uri(bucket.Endpoint!), "us-east-1", bucket.Bucket!, bucket.Prefix + "/"), new VaultCredentials(bucket.AccessKey!, bucket.SecretKey!));
        var marker = await VaultMarker.ReadOrCreateAsync(vault, Cancel);
        var opened = await world.Get<PdsClientFactory>().Anonymous(new Uri(lost.Server.Url)).CreateSessionAsync(lost.Account.Did, lost.Account.Password, null, Cancel);
        await world.StoreAsync(Did.Parse(lost.Account.Did), Cancel, order => order with
        {
            Vaults = [new BackupVault(marker.Id, vault)],
            Session = new MemorySessionVault(opened.Value.Tokens),
        });
    }
}
