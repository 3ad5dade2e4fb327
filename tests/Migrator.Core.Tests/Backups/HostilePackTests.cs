using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Backups;
using Migrator.Core.Vaults;
using Migrator.Testing.Backups;
using Xunit;

namespace Migrator.Core.Tests.Backups;

/// <summary>Packs and lists that somebody made who may write to the vault and seal to the public key; and snapshots of the first version.</summary>
public sealed class HostilePackTests : IAsyncLifetime
{
    private readonly BackupWorld _world = new();
    private StubAccount _account = null!;
    private OpenedSnapshot _good = null!;
    private List<BlobEntry> _blobs = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _account = await StubAccount.StartAsync();
        for (byte i = 0; i < 4; i++) _account.AddBlob($"app.bsky.feed.post/image{i}", [.. Enumerable.Repeat(i, 300)]);
        _account.Publish();
        var snapshot = await _world.StoreAsync(_account.Did, Ct);
        _good = await SnapshotReader.OpenAsync(_world.Vault, snapshot.Name, [_world.Identity], Ct);
        _blobs = await _good.ListBlobsAsync(Ct).ToListAsync(Ct);
    }

    [Theory]
    [InlineData("behind the end")]
    [InlineData("far behind the end")]
    [InlineData("negative")]
    [InlineData("in the header")]
    [InlineData("without a size")]
    [InlineData("too large for a pack")]
    [InlineData("absent")]
    [InlineData("another length of the same pack")]
    [InlineData("one with a place and one without")]
    public async Task A_list_that_names_impossible_places_is_refused(string what)
    {
        var name = await ForgeAsync(entries => entries[0] = what switch
        {
            "behind the end" => entries[0] with { Offset = entries[0].Object!.Length - 299 },
            "far behind the end" => entries[0] with { Offset = long.MaxValue },
            "negative" => entries[0] with { Offset = -1 },
            "in the header" => entries[0] with { Offset = Cid.BinaryLength },
            "without a size" => entries[0] with { Size = null },
            "too large for a pack" => entries[0] with { Size = ManifestRules.MaxPackedBlob + 1, Object = entries[0].Object! with { Length = 1L << 40 } },
            "absent" => entries[0] with { Object = null, Absent = new AbsentBlob(BlobAbsence.Missing, "gone", "a/b") },
            "another length of the same pack" => entries[0] with { Object = entries[0].Object! with { Length = 1 << 20 } },
            _ => entries[0] with { Offset = null },
        });
        var opened = await SnapshotReader.OpenAsync(_world.Vault, name, [_world.Identity], Ct);
        var fault = await Assert.ThrowsAsync<SnapshotFaultException>(async () => await opened.ListBlobsAsync(Ct).ToListAsync(Ct));
        Assert.Equal(SnapshotFault.BadFormat, fault.Fault);
    }

    [Theory]
    [InlineData("another blob's place")]
    [InlineData("one byte off")]
    [InlineData("one byte shorter")]
    [InlineData("an earlier place than anything can have")]
    public async Task A_list_that_names_a_wrong_place_in_the_pack_gives_no_byte(string what)
    {
        var name = await ForgeAsync(entries => entries[0] = what switch
        {
            "another blob's place" => entries[0] with { Offset = entries[1].Offset },
            "one byte off" => entries[0] with { Offset = entries[0].Offset + 1 },
            "one byte shorter" => entries[0] with { Size = 299 },
            _ => entries[0] with { Offset = Cid.BinaryLength + 1 },
        });
        await RefusesAsync(name, _blobs[0].Cid, SnapshotFault.Damaged);
    }

    [Fact]
    public async Task A_pack_that_lacks_a_listed_blob_is_found()
    {
        var first = new byte[300];
        var (pack, offset) = await PutPackAsync((Cid.ForRaw(first), first));
        var name = await ForgeAsync(entries => entries[0] = entries[0] with { Object = pack, Offset = offset + 1000 }, pack.Length + 4000);
        await RefusesAsync(name, _blobs[0].Cid, SnapshotFault.Damaged);
    }

    [Fact]
    public async Task Other_bytes_under_the_right_cid_are_found()
    {
        var (pack, offset) = await PutPackAsync((_blobs[0].Cid, new byte[300]));
        var name = await ForgeAsync(entries => entries[0] = entries[0] with { Object = pack, Offset = offset });
        var opened = await SnapshotReader.OpenAsync(_world.Vault, name, [_world.Identity], Ct);
        await using var stream = await opened.OpenBlobAsync(_blobs[0].Cid, Ct);
        await Assert.ThrowsAsync<BlobMismatchException>(async () => await stream.ReadExactlyAsync(new byte[300], Ct));
        Assert.Equal(SnapshotFault.Damaged, Assert.Single((await _world.ProveAsync(_world.Vault, name, Ct)).Faults).Fault);
    }

    [Fact]
    public async Task The_right_bytes_under_another_cid_are_found()
    {
        var bytes = _account.Blobs[_blobs[0].Cid.ToString()];
        var (pack, offset) = await PutPackAsync((Cid.ForRaw([1]), bytes));
        await RefusesAsync(await ForgeAsync(entries => entries[0] = entries[0] with { Object = pack, Offset = offset }), _blobs[0].Cid, SnapshotFault.Damaged);
    }

    [Fact]
    public async Task A_pack_that_is_no_age_file_or_sealed_to_another_key_is_found()
    {
        var name = BackupLayout.Absolute(_good.AccountId, _blobs[0].Object!.Name);
        var bytes = _world.Vault[name];
        _world.Vault[name] = new byte[bytes.Length];
        await RefusesAsync(_good.Name, _blobs[0].Cid, SnapshotFault.Damaged);
        using var other = Core.Age.AgeIdentity.Generate();
        var foreign = BackupLayout.NewPackName(_good.AccountId);
        await SealedWriter.PutAsync(_world.Vault, foreign, [other.Recipient], (stream, cancel) => stream.WriteAsync(new byte[5000], cancel).AsTask(), Ct);
        _world.Vault[name] = _world.Vault[foreign];
        await RefusesAsync(_good.Name, _blobs[0].Cid, SnapshotFault.WrongKey);
    }

    [Fact]
    public async Task A_blob_that_is_listed_twice_is_a_contradiction()
    {
        var page = await PutPageAsync(new BlobPage(2, [_blobs[0]]));
        var name = await PutManifestAsync(manifest => manifest with { Blobs = manifest.Blobs with { Pages = [.. manifest.Blobs.Pages, page] } });
        Assert.Equal(SnapshotFault.Contradiction, Assert.Single((await _world.ProveAsync(_world.Vault, name, Ct)).Faults).Fault);
    }

    [Fact]
    public async Task A_snapshot_of_version_1_opens_and_a_place_in_its_list_is_refused()
    {
        var entries = new List<BlobEntry>();
        foreach (var blob in _blobs) entries.Add(blob with { Object = await PutAsync(_account.Blobs[blob.Cid.ToString()]), Offset = null });
        var page = await PutPageAsync(new BlobPage(1, entries), text => text.Replace(",\"offset\":null", "", StringComparison.Ordinal));
        var name = await PutManifestAsync(manifest => manifest with { Version = 1, Blobs = manifest.Blobs with { Pages = [page] } });
        var proof = await _world.ProveAsync(_world.Vault, name, Ct);
        Assert.Empty(proof.Faults);
        Assert.Equal((1, 4L), (proof.Manifest!.Version, proof.Blobs));

        page = await PutPageAsync(new BlobPage(1, _blobs));
        name = await PutManifestAsync(manifest => manifest with { Version = 1, Blobs = manifest.Blobs with { Pages = [page] } });
        Assert.Equal(SnapshotFault.BadFormat, Assert.Single((await _world.ProveAsync(_world.Vault, name, Ct)).Faults).Fault);
    }

    public async ValueTask DisposeAsync()
    {
        await _account.DisposeAsync();
        await _world.DisposeAsync();
    }

    private async Task RefusesAsync(string name, Cid cid, SnapshotFault fault)
    {
        var opened = await SnapshotReader.OpenAsync(_world.Vault, name, [_world.Identity], Ct);
        Assert.Equal(fault, (await Assert.ThrowsAsync<SnapshotFaultException>(() => opened.OpenBlobAsync(cid, Ct))).Fault);
        Assert.Contains((await _world.ProveAsync(_world.Vault, name, Ct)).Faults, found => found.Fault == fault);
    }

    /// <summary>A snapshot like the good one with another list.</summary>
    private async Task<string> ForgeAsync(Action<List<BlobEntry>> change, long? length = null)
    {
        List<BlobEntry> entries = [.. _blobs];
        change(entries);
        if (length is { } said) entries[0] = entries[0] with { Object = entries[0].Object! with { Length = said } };
        var page = await PutPageAsync(new BlobPage(2, entries));
        return await PutManifestAsync(manifest => manifest with { Blobs = manifest.Blobs with { Pages = [page] } });
    }

    private Task<SealedObject> PutPageAsync(BlobPage page, Func<string, string>? edit = null)
    {
        var json = StrictJson.Write(page);
        return PutAsync(edit is null ? json : System.Text.Encoding.UTF8.GetBytes(edit(System.Text.Encoding.UTF8.GetString(json))));
    }

    private async Task<string> PutManifestAsync(Func<SnapshotManifest, SnapshotManifest> change)
    {
        var name = BackupLayout.NewSnapshotName(_good.AccountId, _good.Manifest.TakenAt);
        await SealAsync(name, ManifestFile.Write(change(_good.Manifest), _world.Signer));
        return name;
    }

    private async Task<(SealedObject Pack, long Offset)> PutPackAsync(params (Cid Cid, byte[] Bytes)[] blocks)
    {
        using var content = new MemoryStream();
        content.Write(PackFrame.Header(blocks[0].Cid));
        long offset = 0;
        foreach (var (cid, bytes) in blocks)
        {
            var prefix = new byte[PackFrame.PrefixLength(bytes.Length)];
            PackFrame.WritePrefix(prefix, cid, bytes.Length);
            content.Write(prefix);
            offset = content.Position;
            content.Write(bytes);
        }
        return (await PutAsync(content.ToArray()), offset);
    }

    private async Task<SealedObject> PutAsync(byte[] content)
    {
        var name = BackupLayout.NewPackName(_good.AccountId);
        var receipt = await SealAsync(name, content);
        return new SealedObject(BackupLayout.Relative(_good.AccountId, name), receipt.Length, Convert.ToHexStringLower(receipt.Sha256));
    }

    private Task<VaultReceipt> SealAsync(string name, byte[] content) => SealedWriter.PutAsync(
        _world.Vault, name, [_world.Identity.Recipient], (stream, cancel) => stream.WriteAsync(content, cancel).AsTask(), Ct);
}
