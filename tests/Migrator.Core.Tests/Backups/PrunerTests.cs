using Migrator.Core.Backups;
using Migrator.Testing.Backups;
using Xunit;

namespace Migrator.Core.Tests.Backups;

public sealed class PrunerTests : IAsyncLifetime
{
    private readonly BackupWorld _world = new();
    private readonly List<SnapshotSummary> _snapshots = [];
    private StubAccount _account = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private PruneOrder Order => new(_world.Target, _world.Index.Folders, new RetentionRules(Last: 2), TimeZoneInfo.Utc);

    public async ValueTask InitializeAsync()
    {
        _account = await StubAccount.StartAsync();
        for (var i = 0; i < 4; i++)
        {
            // Each snapshot has a blob of its own, which the next no longer refers to.
            _account.AddBlob("app.bsky.feed.post/image", [(byte)i, 1]);
            _account.Publish();
            _snapshots.Add(await _world.StoreAsync(_account.Did, Ct));
            _world.Time.Advance(TimeSpan.FromDays(1));
        }
    }

    [Fact]
    public async Task Deleting_takes_two_runs_with_time_in_between_and_leaves_what_others_use()
    {
        var names = _world.Vault.Names;
        Assert.Equal(2, (await _world.Pruner.PreviewAsync(Order, Ct)).Removed.Count);
        var first = await _world.Pruner.RunAsync(Order, Ct);
        Assert.Equal((2, 0), (first.Marked, first.Deleted));
        Assert.Equal(names, _world.Vault.Names);
        Assert.Equal(0, (await _world.Pruner.RunAsync(Order, Ct)).Deleted);

        _world.Time.Advance(TimeSpan.FromHours(25));
        var second = await _world.Pruner.RunAsync(Order, Ct);
        Assert.Equal((0, 2), (second.Marked, second.Deleted));
        Assert.True(second.FreedBytes > 0);
        // Two manifests, two blobs, two pages; the full repo and all deltas but none of the newest chain.
        Assert.Equal(6, names.Count - _world.Vault.Names.Count);
        foreach (var kept in _snapshots.TakeLast(2)) Assert.True((await _world.ProveAsync(_world.Vault, kept.Name, Ct)).IsWhole);
        Assert.Empty((await _world.Verifier.CheckStoredAsync(_world.Index.Folders[0], _world.Target, null, VerifyBudget.Unlimited, Ct)).Bad);
    }

    [Fact]
    public async Task What_was_pinned_after_it_was_marked_is_kept()
    {
        await _world.Pruner.RunAsync(Order, Ct);
        _world.Index.Edit(_snapshots[0].AccountId, _snapshots[0].Name, snapshot => snapshot with { Pinned = true });
        _world.Time.Advance(TimeSpan.FromHours(25));
        var second = await _world.Pruner.RunAsync(Order, Ct);
        Assert.Equal((1, 1), (second.Unmarked, second.Deleted));
        Assert.True((await _world.ProveAsync(_world.Vault, _snapshots[0].Name, Ct)).IsWhole);
    }

    [Fact]
    public async Task What_is_pinned_while_others_are_being_deleted_is_kept()
    {
        await _world.Pruner.RunAsync(Order, Ct);
        _world.Time.Advance(TimeSpan.FromHours(25));
        // A vault may be slow: a person has time to think better of it between the first and the last that goes.
        _world.Index.Watch = method =>
        {
            if (method != nameof(IBackupIndex.RemoveSnapshotAsync)) return;
            foreach (var one in _snapshots)
                _world.Index.Edit(one.AccountId, one.Name, snapshot => snapshot with { Pinned = true, Stage = SnapshotStage.Complete });
        };
        Assert.Equal(1, (await _world.Pruner.RunAsync(Order, Ct)).Deleted);
        _world.Index.Watch = null;
        var left = await _world.Index.ListSnapshotsAsync(_snapshots[0].AccountId, Ct);
        Assert.Equal(3, left.Count);
        foreach (var kept in left) Assert.True((await _world.ProveAsync(_world.Vault, kept.Name, Ct)).IsWhole);
    }

    [Fact]
    public async Task The_snapshot_that_was_made_last_stays_although_a_slow_clock_dates_it_before_all_others()
    {
        _world.Time.Advance(TimeSpan.FromDays(-3000));
        _account.AddBlob("app.bsky.feed.post/image", [77]);
        _account.Publish();
        var last = await _world.StoreAsync(_account.Did, Ct);
        _world.Time.Advance(TimeSpan.FromDays(3000));

        Assert.DoesNotContain(last.Name, (await _world.Pruner.PreviewAsync(Order, Ct)).Removed.Select(snapshot => snapshot.Name));
        await _world.Pruner.RunAsync(Order, Ct);
        _world.Time.Advance(TimeSpan.FromHours(25));
        await _world.Pruner.RunAsync(Order, Ct);
        Assert.True((await _world.ProveAsync(_world.Vault, last.Name, Ct)).IsWhole);

        // When a later one has what it has, it goes as the oldest.
        _account.AddBlob("app.bsky.feed.post/more", [78]);
        _account.Publish();
        await _world.StoreAsync(_account.Did, Ct);
        Assert.Contains(last.Name, (await _world.Pruner.PreviewAsync(Order, Ct)).Removed.Select(snapshot => snapshot.Name));
    }

    [Fact]
    public async Task When_newer_ones_turn_out_to_be_damaged_the_marked_good_one_is_kept()
    {
        await _world.Pruner.RunAsync(Order, Ct);
        var now = _world.Time.GetUtcNow();
        foreach (var newer in _snapshots.Skip(2))
        {
            await _world.Index.MarkCheckedAsync(
                newer.AccountId, [new ObjectCheck(newer.Name, ObjectHealth.Damaged, VerifyDepth.Stored, now, "rotten")], Ct);
        }
        _world.Time.Advance(TimeSpan.FromHours(25));
        var second = await _world.Pruner.RunAsync(Order, Ct);
        Assert.Equal((2, 0), (second.Unmarked, second.Deleted)); // the two good ones now fill "last: 2"
    }

    [Fact]
    public async Task A_snapshot_that_the_index_does_not_know_stops_the_deletion_of_objects()
    {
        await _world.Pruner.RunAsync(Order, Ct);
        _world.Time.Advance(TimeSpan.FromHours(25));
        var newest = _snapshots[^1];
        await _world.Index.RemoveSnapshotAsync(newest.AccountId, newest.Name, Ct); // as in a database restored from yesterday
        var result = await _world.Pruner.RunAsync(Order, Ct);
        Assert.Contains(newest.Name, result.Stopped, StringComparison.Ordinal);
        Assert.Equal(0, result.FreedBytes);
        Assert.True((await _world.ProveAsync(_world.Vault, newest.Name, Ct)).IsWhole);
    }

    [Fact]
    public async Task Content_that_is_being_deleted_is_stored_anew_under_another_name()
    {
        await _world.Pruner.RunAsync(Order, Ct);
        _world.Time.Advance(TimeSpan.FromHours(25));
        await _world.Pruner.RunAsync(Order, Ct);
        // The first blob again; its object is gone, the second's is claimed but not deleted yet.
        _account.AddBlob("app.bsky.feed.post/image", [0, 1]);
        _account.AddBlob("app.bsky.feed.post/again", [1, 1]);
        _account.Publish();
        var snapshot = await _world.StoreAsync(_account.Did, Ct);
        Assert.True((await _world.ProveAsync(_world.Vault, snapshot.Name, Ct)).IsWhole);
    }

    [Fact]
    public async Task A_pack_that_a_killed_run_left_behind_is_swept_away_after_some_time()
    {
        _world.Vault.Now = _world.Time.GetUtcNow();
        var names = _world.Vault.Names;
        _account.AddBlob("app.bsky.feed.post/image", [99]);
        _account.Publish();
        _world.Index.Watch = method =>
        {
            if (method == nameof(IBackupIndex.AddPackAsync)) throw new IOException("killed");
        };
        await _world.RunAsync(_account.Did, Ct);
        _world.Index.Watch = null;
        Assert.Equal(names.Count + 2, _world.Vault.Names.Count); // the delta, which was noted, and the pack

        var order = Order with { Rules = new RetentionRules(Last: 9) };
        Assert.Equal(0, (await _world.Pruner.RunAsync(order, Ct)).FreedBytes);
        await _world.StoreAsync(_account.Did, Ct);
        names = _world.Vault.Names;
        _world.Time.Advance(TimeSpan.FromHours(25));
        Assert.True((await _world.Pruner.RunAsync(order, Ct)).FreedBytes > 0);
        Assert.Equal(names.Count - 1, _world.Vault.Names.Count);
        foreach (var kept in await _world.Index.ListSnapshotsAsync(_snapshots[0].AccountId, Ct))
            Assert.True((await _world.ProveAsync(_world.Vault, kept.Name, Ct)).IsWhole);
    }

    [Fact]
    public async Task What_a_backup_that_takes_days_has_stored_so_far_is_not_deleted_before_its_end()
    {
        _account.AddBlob("app.bsky.feed.post/image", [99]);
        _account.Publish();
        _world.Index.Watch = method =>
        {
            if (method == nameof(IBackupIndex.BeginSnapshotAsync)) throw new IOException("cut short");
        };
        await _world.RunAsync(_account.Did, Ct);
        _world.Index.Watch = null;
        _world.Time.Advance(TimeSpan.FromHours(49));
        Assert.Equal(0, (await _world.Pruner.RunAsync(Order with { Rules = new RetentionRules(Last: 9) }, Ct)).FreedBytes);

        var asked = _account.Server.Requests.Count(request => request.Name == "com.atproto.sync.getBlob");
        var snapshot = await _world.StoreAsync(_account.Did, Ct);
        Assert.Equal(asked, _account.Server.Requests.Count(request => request.Name == "com.atproto.sync.getBlob"));
        Assert.True((await _world.ProveAsync(_world.Vault, snapshot.Name, Ct)).IsWhole);
    }

    [Fact]
    public async Task A_shrink_keeps_everything()
    {
        _world.Index.Edit(_snapshots[^1].AccountId, _snapshots[^1].Name, snapshot => snapshot with { Shrink = "much less" });
        var result = await _world.Pruner.RunAsync(Order, Ct);
        Assert.NotNull(result.Decision.Frozen);
        _world.Time.Advance(TimeSpan.FromDays(3));
        Assert.Equal(0, (await _world.Pruner.RunAsync(Order, Ct)).Deleted);
    }

    public async ValueTask DisposeAsync()
    {
        await _account.DisposeAsync();
        await _world.DisposeAsync();
    }
}
