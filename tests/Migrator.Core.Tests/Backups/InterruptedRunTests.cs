using Migrator.Core.Backups;
using Migrator.Core.Vaults;
using Migrator.Testing.Backups;
using Xunit;

namespace Migrator.Core.Tests.Backups;

/// <summary>A run that ends anywhere: nothing half is visible, and the next run makes it whole with what is there.</summary>
public sealed class InterruptedRunTests : IAsyncLifetime
{
    private StubAccount _account = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _account = await StubAccount.StartAsync();
        for (var i = 0; i < 20; i++) _account.Builder.PutText($"app.bsky.feed.post/post{i:d3}", $"number {i}");
        for (byte i = 0; i < 6; i++) _account.AddBlob($"app.bsky.feed.post/image{i}", [i, 1, 2]);
        _account.Publish();
    }

    [Theory]
    [InlineData(MemoryVaultMoment.Before)]
    [InlineData(MemoryVaultMoment.After)]
    public async Task Killed_at_any_write_no_half_snapshot_is_seen_and_the_next_run_goes_on(MemoryVaultMoment moment)
    {
        // One repo, one pack, one page, the manifest.
        for (var fatal = 1; fatal <= 4; fatal++)
        {
            await using var world = new BackupWorld();
            world.Vault.Watch = (now, _, number) =>
            {
                if (now == moment && number == fatal) throw new PowerCutException();
            };
            await Assert.ThrowsAnyAsync<PowerCutException>(() => world.RunAsync(_account.Did, Ct));
            world.Vault.Watch = null;
            var visible = await SnapshotReader.ListAsync(world.Vault, [world.Identity], Ct);
            foreach (var found in visible) Assert.True((await world.ProveAsync(world.Vault, found.Name.Name, Ct)).IsWhole);
            Assert.Equal(fatal == 4 && moment == MemoryVaultMoment.After ? 1 : 0, visible.Count);

            var outcome = await world.RunAsync(_account.Did, Ct);
            var newest = outcome is BackupOutcome.Stored stored ? stored.Vaults[0].Snapshot! : Assert.IsType<BackupOutcome.Unchanged>(outcome).Newest[0];
            Assert.True((await world.ProveAsync(world.Vault, newest.Name, Ct)).IsWhole);
            // Nothing was stored a second time but a pack that nobody had taken note of.
            Assert.Equal(fatal == 2 && moment == MemoryVaultMoment.After ? 5 : 4, world.Vault.Names.Count);
            Assert.IsType<BackupOutcome.Unchanged>(await world.RunAsync(_account.Did, Ct));
        }
    }

    [Theory]
    [InlineData("AddFolderAsync", 4)]
    [InlineData("AddObjectsAsync", 4)]
    [InlineData("AddPackAsync", 5)]
    [InlineData("BeginSnapshotAsync", 4)]
    [InlineData("CompleteSnapshotAsync", 4)]
    public async Task Killed_at_any_note_the_next_run_finds_what_is_there(string method, int objects)
    {
        await using var world = new BackupWorld();
        world.Index.Watch = name =>
        {
            if (name == method) throw new PowerCutException();
        };
        await Assert.ThrowsAnyAsync<PowerCutException>(() => world.RunAsync(_account.Did, Ct));
        world.Index.Watch = null;
        var outcome = await world.RunAsync(_account.Did, Ct);
        var newest = outcome is BackupOutcome.Stored stored ? stored.Vaults[0].Snapshot! : Assert.IsType<BackupOutcome.Unchanged>(outcome).Newest[0];
        Assert.True((await world.ProveAsync(world.Vault, newest.Name, Ct)).IsWhole);
        Assert.Equal(objects, world.Vault.Names.Count);
    }

    [Theory]
    [InlineData(VaultFault.Full, null)]
    [InlineData(VaultFault.Refused, null)]
    [InlineData(VaultFault.Swapped, null)]
    [InlineData(VaultFault.Unreachable, WaitCause.VaultTrouble)]
    public async Task A_vault_in_trouble_is_a_clear_state(VaultFault fault, WaitCause? waits)
    {
        await using var world = new BackupWorld();
        world.Vault.Trouble = new VaultException(fault, "the vault says so");
        var outcome = await world.RunAsync(_account.Did, Ct);
        if (waits is { } cause) Assert.Equal(cause, Assert.IsType<BackupOutcome.Waiting>(outcome).Cause);
        else Assert.Equal(BackupTrouble.Vault, Assert.IsType<BackupOutcome.NeedsPerson>(outcome).Cause);
    }

    [Fact]
    public async Task Another_vault_in_the_place_of_the_right_one_is_not_written_to()
    {
        await using var world = new BackupWorld();
        var other = new MemoryVault();
        var outcome = await world.RunAsync(_account.Did, Ct, order => order with { Vaults = [new BackupVault(world.Vault.Id, other)] });
        Assert.Equal(BackupTrouble.Vault, Assert.IsType<BackupOutcome.NeedsPerson>(outcome).Cause);
        Assert.Empty(other.Names);
    }

    [Fact]
    public async Task One_vault_in_trouble_does_not_stop_the_other_and_catches_up_later()
    {
        await using var world = new BackupWorld();
        var second = new MemoryVault("second");
        BackupOrder Both(BackupOrder order) => order with { Vaults = [world.Target, new BackupVault(second.Id, second)] };
        second.Watch = (_, _, number) =>
        {
            if (number == 2) second.Trouble = new VaultException(VaultFault.Unreachable, "gone");
            if (second.Trouble is not null) throw second.Trouble;
        };
        var stored = Assert.IsType<BackupOutcome.Stored>(await world.RunAsync(_account.Did, Ct, Both));
        Assert.True(stored.IsPartial);
        Assert.NotNull(stored.Vaults[0].Snapshot);
        Assert.Equal("gone", stored.Vaults[1].Problem);

        (second.Watch, second.Trouble) = (null, null);
        var blobs = _account.Server.CountOf("com.atproto.sync.getBlob");
        stored = Assert.IsType<BackupOutcome.Stored>(await world.RunAsync(_account.Did, Ct, Both));
        Assert.Equal((false, true), (stored.Vaults[0].IsNew, stored.Vaults[1].IsNew));
        Assert.InRange(_account.Server.CountOf("com.atproto.sync.getBlob") - blobs, 1, 6);
        Assert.True((await world.ProveAsync(second, stored.Vaults[1].Snapshot!.Name, Ct)).IsWhole);
        Assert.IsType<BackupOutcome.Unchanged>(await world.RunAsync(_account.Did, Ct, Both));
    }

    public ValueTask DisposeAsync() => _account.DisposeAsync();

    private sealed class PowerCutException : Exception;
}
