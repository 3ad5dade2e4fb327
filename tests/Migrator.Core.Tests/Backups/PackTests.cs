using Migrator.Core.Age;
using Migrator.Core.AtProto.Car;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Backups;
using Migrator.Core.Vaults;
using Migrator.Testing.Backups;
using Migrator.Testing.Faults;
using Xunit;

namespace Migrator.Core.Tests.Backups;

/// <summary>Small blobs are stored many in one object.</summary>
public sealed class PackTests : IAsyncLifetime
{
    private readonly BackupWorld _world = new();
    private StubAccount _account = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _account = await StubAccount.StartAsync();
        Add("empty", 0);
        for (var i = 0; i < 12; i++) Add($"small{i:d2}", 40_000 + i);
        Add("largest", BlobPacker.LargestBlob);
        Add("film", BlobPacker.LargestBlob + 1);
        _account.Publish();
    }

    [Fact]
    public async Task Small_blobs_share_a_pack_that_any_reader_of_car_files_opens_and_a_large_one_is_its_own_object()
    {
        var snapshot = await _world.StoreAsync(_account.Did, Ct);
        Assert.Equal((15, 0), (snapshot.Blobs, snapshot.AbsentBlobs));
        var opened = await OpenAsync(snapshot);
        var blobs = await opened.ListBlobsAsync(Ct).ToListAsync(Ct);
        var film = Assert.Single(blobs, blob => blob.Offset is null);
        Assert.Equal(BlobPacker.LargestBlob + 1, film.Size);
        var pack = Assert.Single(blobs.Where(blob => blob.Offset is not null).Select(blob => blob.Object).Distinct());

        await using var content = await UnsealAsync(BackupLayout.Absolute(opened.AccountId, pack!.Name));
        var car = await CarReader.OpenAsync(content, cancel: Ct);
        var blocks = await car.ReadBlocksAsync(Ct).Select(block => (block.Cid, block.Offset, Size: (long?)block.Data.Length)).ToListAsync(Ct);
        Assert.Equal(car.Header.SingleRoot, blocks[0].Cid);
        Assert.Equal(
            blobs.Where(blob => blob.Offset is not null).OrderBy(blob => blob.Offset).Select(blob => (blob.Cid, blob.Offset!.Value, blob.Size)), blocks);

        foreach (var blob in blobs) Assert.Equal(_account.Blobs[blob.Cid.ToString()], await ReadAsync(opened, blob));
        Assert.True((await _world.ProveAsync(_world.Vault, snapshot.Name, Ct)).IsWhole);
        Assert.Equal(_world.Vault.Names.Sum(name => _world.Vault[name].LongLength), snapshot.TotalBytes);
    }

    [Fact]
    public async Task Much_goes_into_several_packs_and_each_blob_into_one()
    {
        for (var i = 0; i < 50; i++) Add($"many{i:d2}", 900_000 + i);
        _account.Publish();
        var snapshot = await _world.StoreAsync(_account.Did, Ct);
        var packs = (await _world.Index.ListObjectsAsync(snapshot.AccountId, Ct)).Where(item => item.Content.Kind == ObjectKind.Pack).ToList();
        Assert.InRange(packs.Count, 2, 7);
        Assert.All(packs, pack => Assert.InRange(pack.PlainLength, 1, (16 << 20) + BlobPacker.LargestBlob + 100));
        var packed = await _world.Index.ListPackedAsync(snapshot.AccountId, Ct);
        Assert.Equal(64, packed.Select(blob => blob.Content).Distinct().Count());
        Assert.Equal(64, packed.Count);
        Assert.True((await _world.ProveAsync(_world.Vault, snapshot.Name, Ct)).IsWhole);
    }

    [Fact]
    public async Task A_server_that_does_not_say_how_long_blobs_are_makes_no_difference()
    {
        _account.Server.On("com.atproto.sync.getBlob", Reply.By(async context =>
        {
            await context.Response.StartAsync(Ct); // from here on in chunks
            await context.Response.Body.WriteAsync(_account.Blobs[context.Request.Query["cid"].ToString()], Ct);
        }));
        var snapshot = await _world.StoreAsync(_account.Did, Ct);
        var kinds = (await _world.Index.ListObjectsAsync(snapshot.AccountId, Ct)).CountBy(item => item.Content.Kind).ToDictionary();
        Assert.Equal((1, 1), (kinds[ObjectKind.Pack], kinds[ObjectKind.Blob]));
        Assert.Equal(14, (await _world.Index.ListPackedAsync(snapshot.AccountId, Ct)).Count);
        Assert.True((await _world.ProveAsync(_world.Vault, snapshot.Name, Ct)).IsWhole);
    }

    [Fact]
    public async Task What_is_in_a_pack_is_not_fetched_again()
    {
        await _world.StoreAsync(_account.Did, Ct);
        var asked = _account.Server.CountOf("com.atproto.sync.getBlob");
        Add("new", 100);
        _account.Publish();
        var second = await _world.StoreAsync(_account.Did, Ct);
        Assert.Equal(1, _account.Server.CountOf("com.atproto.sync.getBlob") - asked);
        Assert.Equal(16, second.Blobs);
        Assert.True((await _world.ProveAsync(_world.Vault, second.Name, Ct)).IsWhole);
    }

    [Fact]
    public async Task A_flipped_byte_costs_what_is_near_it_and_the_next_run_fetches_the_whole_pack_again()
    {
        var first = await _world.StoreAsync(_account.Did, Ct);
        var opened = await OpenAsync(first);
        var blobs = await opened.ListBlobsAsync(Ct).Where(blob => blob.Offset is not null).OrderBy(blob => blob.Offset).ToListAsync(Ct);
        var name = BackupLayout.Absolute(first.AccountId, blobs[0].Object!.Name);
        _world.Vault[name][^1] ^= 1;
        var lost = 0;
        foreach (var blob in blobs)
        {
            try
            {
                await ReadAsync(opened, blob);
            }
            catch (SnapshotFaultException fault)
            {
                Assert.Equal((SnapshotFault.Damaged, name), (fault.Fault, fault.ObjectName));
                lost++;
            }
        }
        Assert.InRange(lost, 1, 3); // those that share the last 64 KiB
        var pass = await _world.Verifier.CheckStoredAsync(_world.Index.Folders[0], _world.Target, null, VerifyBudget.Unlimited, Ct);
        Assert.Equal(name, Assert.Single(pass.Bad).Name);

        // One of them the server no longer has: it is named, and the old snapshot stays named as damaged.
        _account.Blobs.TryRemove(blobs[3].Cid.ToString(), out _);
        _world.Time.Advance(TimeSpan.FromMinutes(1));
        var outcome = Assert.IsType<BackupOutcome.Stored>(await _world.RunAsync(_account.Did, Ct));
        var second = outcome.Vaults[0].Snapshot!;
        Assert.Equal(1, outcome.Vaults[0].Healed);
        Assert.Equal((14, 1), (second.Blobs, second.AbsentBlobs));
        var proof = await _world.ProveAsync(_world.Vault, second.Name, Ct);
        Assert.True(proof.IsWhole);
        var absent = await (await OpenAsync(second)).ListBlobsAsync(Ct).SingleAsync(blob => blob.Absent is not null, Ct);
        Assert.Equal((blobs[3].Cid, BlobAbsence.Missing), (absent.Cid, absent.Absent!.Why));
        Assert.Equal([null, true], (await _world.Index.ListSnapshotsAsync(first.AccountId, Ct)).Select(one => one.Damage is null ? (bool?)null : true));
    }

    [Fact]
    public async Task A_lost_pack_is_one_fault_of_the_snapshot()
    {
        var snapshot = await _world.StoreAsync(_account.Did, Ct);
        var pack = (await _world.Index.ListObjectsAsync(snapshot.AccountId, Ct)).Single(item => item.Content.Kind == ObjectKind.Pack);
        await _world.Vault.DeleteAsync(pack.Name, Ct);
        var fault = Assert.Single((await _world.ProveAsync(_world.Vault, snapshot.Name, Ct)).Faults);
        Assert.Equal((pack.Name, SnapshotFault.Missing), (fault.ObjectName, fault.Fault));
    }

    [Fact]
    public async Task Two_vaults_get_packs_of_their_own_and_the_server_is_asked_once()
    {
        var other = new MemoryVault("second");
        var outcome = Assert.IsType<BackupOutcome.Stored>(await _world.RunAsync(
            _account.Did, Ct, order => order with { Vaults = [_world.Target, new BackupVault(other.Id, other)] }));
        Assert.Equal(15, _account.Server.CountOf("com.atproto.sync.getBlob"));
        Assert.True((await _world.ProveAsync(_world.Vault, outcome.Vaults[0].Snapshot!.Name, Ct)).IsWhole);
        Assert.True((await _world.ProveAsync(other, outcome.Vaults[1].Snapshot!.Name, Ct)).IsWhole);
    }

    [Fact]
    public async Task A_vault_that_breaks_within_a_pack_does_not_hold_up_the_other()
    {
        for (var i = 0; i < 40; i++) Add($"many{i:d2}", 900_000 + i);
        _account.Publish();
        var other = new MemoryVault("second")
        {
            Watch = (moment, _, number) =>
            {
                if (moment == MemoryVaultMoment.After && number == 2) throw new VaultException(VaultFault.Full, "no room");
            },
        };
        var outcome = Assert.IsType<BackupOutcome.Stored>(await _world.RunAsync(
            _account.Did, Ct, order => order with { Vaults = [new BackupVault(other.Id, other), _world.Target] }));
        Assert.Null(outcome.Vaults[0].Snapshot);
        Assert.Equal("no room", outcome.Vaults[0].Problem);
        Assert.True((await _world.ProveAsync(_world.Vault, outcome.Vaults[1].Snapshot!.Name, Ct)).IsWhole);
    }

    public async ValueTask DisposeAsync()
    {
        await _account.DisposeAsync();
        await _world.DisposeAsync();
    }

    private void Add(string key, int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        _account.AddBlob($"app.bsky.feed.post/{key}", bytes);
    }

    private Task<OpenedSnapshot> OpenAsync(SnapshotSummary snapshot) => SnapshotReader.OpenAsync(_world.Vault, snapshot.Name, [_world.Identity], Ct);

    private static async Task<byte[]> ReadAsync(OpenedSnapshot snapshot, BlobEntry blob)
    {
        await using var stream = await snapshot.OpenBlobAsync(blob, Ct);
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes, Ct);
        return bytes.ToArray();
    }

    private async Task<AgeReadStream> UnsealAsync(string name) =>
        await AgeDecryptor.OpenAsync(new MemoryStream(_world.Vault[name]), [_world.Identity], AgeForm.Binary, Ct);
}
