using Migrator.Core.Age;
using Migrator.Core.Backups;
using Migrator.Core.Vaults;
using Migrator.Testing.Backups;
using Xunit;

namespace Migrator.Core.Tests.Backups;

public sealed class BackupRunnerTests : IAsyncLifetime
{
    private readonly BackupWorld _world = new();
    private StubAccount _account = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _account = await StubAccount.StartAsync();
        for (var i = 0; i < 40; i++) _account.Builder.PutText($"app.bsky.feed.post/post{i:d3}", $"number {i}");
        for (var i = 0; i < 5; i++) _account.AddBlob($"app.bsky.feed.post/image{i}", [.. Enumerable.Repeat((byte)(i + 1), 2000 + i)]);
        _account.Publish();
    }

    [Fact]
    public async Task The_first_run_stores_everything_and_the_key_opens_it()
    {
        var snapshot = await _world.StoreAsync(_account.Did, Ct);
        Assert.Equal((45, 5, 0), (snapshot.Records, snapshot.Blobs, snapshot.AbsentBlobs));

        var proof = await _world.ProveAsync(_world.Vault, snapshot.Name, Ct);
        Assert.Empty(proof.Faults);
        Assert.Equal((45, 5), (proof.Records, proof.Blobs));
        Assert.Equal(_account.Repo.Commit, proof.Manifest!.Repo.Commit);
        Assert.Equal((_world.Signer.DidKey, true), (proof.Signature!.Key, proof.Signature.IsGood));
    }

    [Fact]
    public async Task An_unchanged_account_costs_one_small_request_and_stores_nothing()
    {
        await _world.StoreAsync(_account.Did, Ct);
        var (requests, names) = (_account.Server.Requests.Count, _world.Vault.Names);
        Assert.IsType<BackupOutcome.Unchanged>(await _world.RunAsync(_account.Did, Ct));
        var asked = Assert.Single(_account.Server.Requests.Skip(requests));
        Assert.Equal("com.atproto.sync.getLatestCommit", asked.Name);
        Assert.Equal(names, _world.Vault.Names);
    }

    [Theory]
    [InlineData(VaultFault.Unreachable)]
    [InlineData(VaultFault.Swapped)]
    public async Task A_vault_that_went_away_is_told_although_the_account_did_not_change(VaultFault fault)
    {
        await _world.StoreAsync(_account.Did, Ct);
        _world.Vault.Trouble = new VaultException(fault, "The disk is not mounted.");
        var words = await _world.RunAsync(_account.Did, Ct) switch
        {
            BackupOutcome.Waiting waiting => waiting.Reason,
            BackupOutcome.NeedsPerson person => person.Message,
            var other => other.ToString(),
        };
        Assert.Equal("The disk is not mounted.", words);
        _world.Vault.Trouble = null;
        Assert.IsType<BackupOutcome.Unchanged>(await _world.RunAsync(_account.Did, Ct));
    }

    [Fact]
    public async Task A_working_folder_that_cannot_be_used_is_not_taken_for_another_run()
    {
        await _world.StoreAsync(_account.Did, Ct);
        var held = Path.Combine(Directory.GetDirectories(_world.CacheFolder).Single(), "lock");
        File.Delete(held);
        File.CreateSymbolicLink(held, "/nowhere/lock");
        Assert.Equal(BackupTrouble.LocalDisk, Assert.IsType<BackupOutcome.NeedsPerson>(await _world.RunAsync(_account.Did, Ct)).Cause);

        // What the system does not let be opened, too.
        File.Delete(held);
        Directory.CreateDirectory(held);
        Assert.Equal(BackupTrouble.LocalDisk, Assert.IsType<BackupOutcome.NeedsPerson>(await _world.RunAsync(_account.Did, Ct)).Cause);

        Directory.Delete(held);
        await using (new FileStream(held, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None))
            Assert.Equal(WaitCause.Busy, Assert.IsType<BackupOutcome.Waiting>(await _world.RunAsync(_account.Did, Ct)).Cause);
        Assert.IsType<BackupOutcome.Unchanged>(await _world.RunAsync(_account.Did, Ct));
    }

    [Fact]
    public async Task A_change_stores_the_difference_and_no_blob_twice()
    {
        var first = await _world.StoreAsync(_account.Did, Ct);
        _account.Builder.PutText("app.bsky.feed.post/new", "new");
        var added = _account.AddBlob("app.bsky.feed.post/newimage", [1, 2, 3]);
        _account.Builder.Delete("app.bsky.feed.post/post003");
        _account.Publish();
        var blobs = _account.Server.CountOf("com.atproto.sync.getBlob");

        var second = await _world.StoreAsync(_account.Did, Ct);
        Assert.Equal(1, _account.Server.CountOf("com.atproto.sync.getBlob") - blobs);
        Assert.Equal([CarKind.Full, CarKind.Delta], second.Chain.Select(link => link.Kind));
        Assert.Equal(first.Chain[0].Object, second.Chain[0].Object);
        Assert.True(second.NewBytes < first.NewBytes);

        var opened = await SnapshotReader.OpenAsync(_world.Vault, second.Name, [_world.Identity], Ct);
        Assert.Equal(Path.GetFileName(first.Name), Path.GetFileName(opened.Manifest.Predecessor));
        await using var blob = await opened.OpenBlobAsync(added, Ct);
        using var bytes = new MemoryStream();
        await blob.CopyToAsync(bytes, Ct);
        Assert.Equal([1, 2, 3], bytes.ToArray());
        Assert.True((await _world.ProveAsync(_world.Vault, second.Name, Ct)).IsWhole);
        Assert.True((await _world.ProveAsync(_world.Vault, first.Name, Ct)).IsWhole);
    }

    [Fact]
    public async Task A_lost_cache_costs_a_full_export_and_nothing_else()
    {
        await _world.StoreAsync(_account.Did, Ct);
        Directory.Delete(_world.CacheFolder, recursive: true);
        _account.Builder.PutText("app.bsky.feed.post/new", "new");
        _account.Publish();
        var second = await _world.StoreAsync(_account.Did, Ct);
        Assert.Equal(CarKind.Full, Assert.Single(second.Chain).Kind);
        Assert.True((await _world.ProveAsync(_world.Vault, second.Name, Ct)).IsWhole);
    }

    [Fact]
    public async Task A_damaged_cache_is_noticed_and_not_stored()
    {
        await _world.StoreAsync(_account.Did, Ct);
        var car = Directory.EnumerateFiles(_world.CacheFolder, "*.car", SearchOption.AllDirectories).Single();
        var bytes = await File.ReadAllBytesAsync(car, Ct);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(car, bytes, Ct);
        _account.Builder.PutText("app.bsky.feed.post/new", "new");
        _account.Publish();
        var second = await _world.StoreAsync(_account.Did, Ct);
        Assert.Equal(CarKind.Full, Assert.Single(second.Chain).Kind);
        Assert.True((await _world.ProveAsync(_world.Vault, second.Name, Ct)).IsWhole);
    }

    [Fact]
    public async Task A_long_chain_is_based_anew_from_the_local_copy()
    {
        SnapshotSummary? last = null;
        for (var i = 0; i < 5; i++)
        {
            last = await _world.StoreAsync(_account.Did, Ct, order => order with { Limits = new BackupLimits { MostDeltas = 2 } });
            _account.Builder.PutText($"app.bsky.feed.post/new{i}", "new");
            _account.Publish();
            Assert.True((await _world.ProveAsync(_world.Vault, last.Name, Ct)).IsWhole);
        }
        Assert.Equal([CarKind.Full, CarKind.Delta], last!.Chain.Select(link => link.Kind));
        Assert.Equal(1, _account.Server.Requests.Count(r => r.Name == "com.atproto.sync.getRepo" && !r.Query.Contains("since=", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Other_recipients_get_a_folder_of_their_own_with_everything_in_it()
    {
        var first = await _world.StoreAsync(_account.Did, Ct);
        using var other = AgeIdentity.Generate();
        var second = await _world.StoreAsync(_account.Did, Ct, order => order with { Recipients = [other.Recipient] });
        Assert.NotEqual(first.AccountId, second.AccountId);
        var found = await SnapshotReader.ListAsync(_world.Vault, [other], Ct);
        Assert.Equal(2, found.Count);
        Assert.Equal(second.Name, Assert.Single(found, item => item.Manifest is not null).Name.Name);
        Assert.Equal(SnapshotFault.WrongKey, Assert.Single(found, item => item.Manifest is null).Problem!.Fault);
    }

    [Fact]
    public async Task Names_and_sealed_bytes_tell_nothing_of_the_account()
    {
        await _world.StoreAsync(_account.Did, Ct);
        foreach (var name in _world.Vault.Names)
        {
            Assert.DoesNotContain("localhost", name, StringComparison.Ordinal);
            var bytes = _world.Vault[name];
            Assert.StartsWith("age-encryption.org/v1\n", System.Text.Encoding.Latin1.GetString(bytes.AsSpan(0, 22)), StringComparison.Ordinal);
            Assert.Equal(-1, bytes.AsSpan().IndexOf("app.bsky"u8));
        }
    }

    [Fact]
    public async Task A_second_run_at_the_same_time_is_told_to_wait()
    {
        BackupOutcome? inner = null;
        await _world.StoreAsync(_account.Did, Ct, order =>
        {
            _world.Vault.Watch = (moment, _, number) =>
            {
                if (inner is null && moment == MemoryVaultMoment.Before) inner = _world.RunAsync(_account.Did, Ct).GetAwaiter().GetResult();
            };
            return order;
        });
        Assert.Equal(WaitCause.Busy, Assert.IsType<BackupOutcome.Waiting>(inner).Cause);
    }

    [Fact]
    public async Task A_sudden_shrink_is_stored_and_flagged()
    {
        await _world.StoreAsync(_account.Did, Ct);
        for (var i = 0; i < 30; i++) _account.Builder.Delete($"app.bsky.feed.post/post{i:d3}");
        _account.Publish();
        _world.Time.Advance(TimeSpan.FromHours(1));
        var outcome = Assert.IsType<BackupOutcome.Stored>(await _world.RunAsync(_account.Did, Ct));
        Assert.Contains("15 records instead of 45", outcome.Shrink, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _account.DisposeAsync();
        await _world.DisposeAsync();
    }
}
