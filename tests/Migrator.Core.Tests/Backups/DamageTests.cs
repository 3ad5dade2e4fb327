using Migrator.Core.Backups;
using Migrator.Core.Vaults;
using Migrator.Testing.Backups;
using Xunit;

namespace Migrator.Core.Tests.Backups;

/// <summary>Stored bytes that rot or go away: found at every depth, named, and healed from the source.</summary>
public sealed class DamageTests : IAsyncLifetime
{
    private readonly BackupWorld _world = new();
    private StubAccount _account = null!;
    private SnapshotSummary _newest = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private AccountFolder Folder => _world.Index.Folders.Single();

    public async ValueTask InitializeAsync()
    {
        _account = await StubAccount.StartAsync();
        for (var i = 0; i < 20; i++) _account.Builder.PutText($"app.bsky.feed.post/post{i:d3}", $"number {i}");
        _account.AddBlob("app.bsky.feed.post/image", [1, 2, 3]);
        _account.AddBlob("app.bsky.feed.post/film", new byte[BlobPacker.LargestBlob + 1]);
        _account.Publish();
        await _world.StoreAsync(_account.Did, Ct);
        _account.Builder.PutText("app.bsky.feed.post/later", "later");
        _account.Publish();
        _newest = await _world.StoreAsync(_account.Did, Ct);
    }

    public static TheoryData<string, bool> Kinds => new MatrixTheoryData<string, bool>(["full", "delta", "blob", "pack", "page", "manifest"], [false, true]);

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_flipped_byte_or_a_lost_object_of_each_kind_is_found_and_healed(string kind, bool isLost)
    {
        var name = await FindAsync(kind);
        await Damage(name, isLost);
        var pass = await _world.Verifier.CheckStoredAsync(Folder, _world.Target, null, VerifyBudget.Unlimited, Ct);
        var bad = Assert.Single(pass.Bad);
        Assert.Equal((name, isLost ? ObjectHealth.Missing : ObjectHealth.Damaged), (bad.Name, bad.Health));
        var proof = await _world.ProveAsync(_world.Vault, _newest.Name, Ct);
        Assert.Equal(name, Assert.Single(proof.Faults).ObjectName);
        Assert.NotNull((await _world.Index.FindNewestAsync(Folder.AccountId, Ct))!.Damage);

        // The account itself did not change: the next run mends all the same.
        var healed = await _world.StoreAsync(_account.Did, Ct);
        Assert.Null((await _world.Index.FindNewestAsync(Folder.AccountId, Ct))!.Damage);
        Assert.True((await _world.ProveAsync(_world.Vault, healed.Name, Ct)).IsWhole);
        Assert.IsType<BackupOutcome.Unchanged>(await _world.RunAsync(_account.Did, Ct));
        pass = await _world.Verifier.CheckStoredAsync(Folder, _world.Target, null, VerifyBudget.Unlimited, Ct);
        Assert.Equal(name, Assert.Single(pass.Bad).Name); // the old one stays as it is, and stays named
    }

    [Theory]
    [InlineData("full")]
    [InlineData("manifest")]
    public async Task A_listing_finds_what_is_lost_and_takes_note_when_it_is_back(string kind)
    {
        var name = await FindAsync(kind);
        var bytes = _world.Vault[name];
        await Damage(name, isLost: true);
        Assert.Equal(name, Assert.Single((await _world.Verifier.CheckPresentAsync(Folder, _world.Target, Ct)).Bad).Name);
        Assert.NotNull((await _world.Index.FindNewestAsync(Folder.AccountId, Ct))!.Damage);
        _world.Vault[name] = bytes;
        Assert.Empty((await _world.Verifier.CheckPresentAsync(Folder, _world.Target, Ct)).Bad);
        Assert.Null((await _world.Index.FindNewestAsync(Folder.AccountId, Ct))!.Damage);
    }

    [Fact]
    public async Task A_manifest_that_rotted_stays_damaged_however_often_it_is_seen_to_be_there()
    {
        await Damage(_newest.Name, isLost: false);
        await _world.Verifier.CheckStoredAsync(Folder, _world.Target, null, VerifyBudget.Unlimited, Ct);
        Assert.Empty((await _world.Verifier.CheckPresentAsync(Folder, _world.Target, Ct)).Bad);
        Assert.NotNull((await _world.Index.FindNewestAsync(Folder.AccountId, Ct))!.Damage);
    }

    [Fact]
    public async Task Passes_with_a_small_budget_get_through_everything_in_turn()
    {
        var objects = _world.Vault.Names.Count;
        string? cursor = null;
        var (passes, seen, bytes) = (0, 0, 0L);
        do
        {
            var pass = await _world.Verifier.CheckStoredAsync(Folder, _world.Target, cursor, new VerifyBudget(null, 1), Ct);
            (cursor, passes, seen, bytes) = (pass.NextCursor, passes + 1, seen + pass.Objects, bytes + pass.Bytes);
        }
        while (cursor is not null);
        Assert.Equal((objects, objects), (passes, seen));
        Assert.Equal(_world.Vault.Names.Sum(name => _world.Vault[name].Length), bytes);
    }

    [Fact]
    public async Task A_vault_that_cannot_be_read_says_nothing_about_its_objects()
    {
        _world.Vault.Trouble = new VaultException(VaultFault.Unreachable, "gone");
        var stored = await _world.Verifier.CheckStoredAsync(Folder, _world.Target, null, VerifyBudget.Unlimited, Ct);
        var present = await _world.Verifier.CheckPresentAsync(Folder, _world.Target, Ct);
        Assert.NotNull(stored.Trouble);
        Assert.NotNull(present.Trouble);
        Assert.Empty(stored.Bad.Concat(present.Bad));
        Assert.Null((await _world.Index.FindNewestAsync(Folder.AccountId, Ct))!.Damage);
    }

    [Fact]
    public async Task An_object_replaced_by_another_that_opens_with_the_same_key_is_found()
    {
        // Anybody can seal to a public key; so what a genuine age file holds still has to be what the manifest names.
        foreach (var (kind, other) in new[] { ("blob", "page"), ("pack", "blob"), ("full", "delta"), ("page", "blob") })
        {
            var (name, bytes) = (await FindAsync(kind), _world.Vault[await FindAsync(kind)]);
            _world.Vault[name] = _world.Vault[await FindAsync(other)];
            var proof = await _world.ProveAsync(_world.Vault, _newest.Name, Ct);
            Assert.Contains(proof.Faults, fault => fault.ObjectName == name);
            _world.Vault[name] = bytes;
        }
        Assert.True((await _world.ProveAsync(_world.Vault, _newest.Name, Ct)).IsWhole);
    }

    [Fact]
    public async Task Opening_notes_damage_and_proof()
    {
        var work = Directory.CreateDirectory(Path.Combine(_world.Folder, "work")).FullName;
        Assert.True((await _world.Verifier.CheckOpenedAsync(_world.Target, _newest.Name, [_world.Identity], work, Ct)).IsWhole);
        Assert.Equal(_world.Time.GetUtcNow(), (await _world.Index.FindNewestAsync(Folder.AccountId, Ct))!.OpenedAt);
        await Damage(await FindAsync("blob"), isLost: false);
        Assert.False((await _world.Verifier.CheckOpenedAsync(_world.Target, _newest.Name, [_world.Identity], work, Ct)).IsWhole);
        Assert.NotNull((await _world.Index.FindNewestAsync(Folder.AccountId, Ct))!.Damage);
    }

    [Fact]
    public async Task The_wrong_key_is_no_damage()
    {
        using var other = Core.Age.AgeIdentity.Generate();
        var proof = await _world.Verifier.CheckOpenedAsync(_world.Target, _newest.Name, [other], _world.Folder, Ct);
        Assert.Equal(SnapshotFault.WrongKey, Assert.Single(proof.Faults).Fault);
        Assert.Null((await _world.Index.FindNewestAsync(Folder.AccountId, Ct))!.Damage);
    }

    public async ValueTask DisposeAsync()
    {
        await _account.DisposeAsync();
        await _world.DisposeAsync();
    }

    private async Task Damage(string name, bool isLost)
    {
        if (isLost)
        {
            await _world.Vault.DeleteAsync(name, Ct);
            return;
        }
        var bytes = _world.Vault[name].ToArray();
        bytes[^3] ^= 0x40;
        _world.Vault[name] = bytes;
    }

    private async Task<string> FindAsync(string kind)
    {
        var objects = await _world.Index.ListObjectsAsync(Folder.AccountId, Ct);
        return kind switch
        {
            "full" => BackupLayout.Absolute(Folder.AccountId, _newest.Chain[0].Object),
            "delta" => BackupLayout.Absolute(Folder.AccountId, _newest.Chain[1].Object),
            "blob" => objects.Single(item => item.Content.Kind == ObjectKind.Blob).Name,
            "pack" => objects.Single(item => item.Content.Kind == ObjectKind.Pack).Name,
            "page" => objects.Single(item => item.Content.Kind == ObjectKind.BlobPage).Name,
            _ => _newest.Name,
        };
    }
}
