using Migrator.Core.Vaults;

namespace Migrator.Core.Backups;

/// <summary>
/// Deletes what retention no longer keeps, in two steps with time in between: a run first marks snapshots; a later one, after the time to
/// think it over, deletes the manifest and then those objects that nothing else uses.
/// </summary>
public sealed class Pruner(IBackupIndex index, TimeProvider time)
{
    private static readonly TimeSpan UnfinishedFor = TimeSpan.FromDays(30);

    /// <summary>What a run would do now: nothing is changed.</summary>
    public async Task<RetentionDecision> PreviewAsync(PruneOrder order, CancellationToken ct) =>
        Decide(order, await ListAsync(order, ct).ConfigureAwait(false));

    /// <exception cref="VaultException">It is not the right vault, or it fails; what was done so far is noted.</exception>
    public async Task<PruneResult> RunAsync(PruneOrder order, CancellationToken ct)
    {
        await VaultMarker.ConfirmAsync(order.Target.Vault, order.Target.Id, ct).ConfigureAwait(false);
        var snapshots = await ListAsync(order, ct).ConfigureAwait(false);
        var decision = Decide(order, snapshots);
        var removed = decision.Removed.Select(snapshot => snapshot.Name).ToHashSet(StringComparer.Ordinal);
        var (marked, unmarked, deleted) = (new List<SnapshotSummary>(), new List<SnapshotSummary>(), new List<SnapshotSummary>());
        foreach (var snapshot in snapshots)
        {
            var goes = removed.Contains(snapshot.Name);
            if (snapshot.Stage == SnapshotStage.Complete && goes) marked.Add(snapshot);
            else if (snapshot.Stage == SnapshotStage.Deleting && !goes) unmarked.Add(snapshot);
            else if (snapshot is { Stage: SnapshotStage.Deleting, DeletingSince: { } since } && time.GetUtcNow() - since >= order.Grace)
                deleted.Add(snapshot);
        }
        var now = time.GetUtcNow();
        foreach (var group in marked.GroupBy(snapshot => snapshot.AccountId))
            await index.MarkDeletingAsync(group.Key, [.. group.Select(snapshot => snapshot.Name)], now, ct).ConfigureAwait(false);
        foreach (var group in unmarked.GroupBy(snapshot => snapshot.AccountId))
            await index.UnmarkDeletingAsync(group.Key, [.. group.Select(snapshot => snapshot.Name)], ct).ConfigureAwait(false);

        var locked = 0;
        for (var i = deleted.Count - 1; i >= 0; i--)
        {
            if (!await index.IsStillDeletingAsync(deleted[i].AccountId, deleted[i].Name, ct).ConfigureAwait(false))
            {
                deleted.RemoveAt(i);
                continue;
            }
            // Without its manifest a snapshot is gone; only then its objects may go.
            if (await TryDeleteAsync(order, deleted[i].Name, ct).ConfigureAwait(false))
            {
                await index.RemoveSnapshotAsync(deleted[i].AccountId, deleted[i].Name, ct).ConfigureAwait(false);
                continue;
            }
            deleted.RemoveAt(i);
            locked++;
        }
        var (freed, stopped) = decision.Frozen is null ? await DeleteUnusedAsync(order, ct).ConfigureAwait(false) : (0, null);
        return new PruneResult(decision, marked.Count, unmarked.Count, deleted.Count, freed, locked, stopped);
    }

    private RetentionDecision Decide(PruneOrder order, List<SnapshotSummary> snapshots) => RetentionPlan.Decide(
        order.Rules,
        // What is marked is judged again: it may have been pinned since, or be the last good one by now.
        [.. snapshots.Select(
            snapshot => snapshot.Stage == SnapshotStage.Deleting ? snapshot with { Stage = SnapshotStage.Complete } : snapshot)],
        time.GetUtcNow(), order.Zone);

    private async Task<List<SnapshotSummary>> ListAsync(PruneOrder order, CancellationToken ct)
    {
        var all = new List<SnapshotSummary>();
        foreach (var folder in order.Folders) all.AddRange(await index.ListSnapshotsAsync(folder.AccountId, ct).ConfigureAwait(false));
        return all;
    }

    private async Task<(long Freed, string? Stopped)> DeleteUnusedAsync(PruneOrder order, CancellationToken ct)
    {
        long freed = 0;
        foreach (var folder in order.Folders)
        {
            if (await FindUnknownAsync(order, folder, ct).ConfigureAwait(false) is { } unknown)
            {
                return (freed, $"The vault holds a snapshot that this instance does not know ({unknown}), perhaps because its database was "
                    + "restored from an older copy. Objects that it may use are not deleted.");
            }
            var before = await FindBeforeAsync(order, folder, ct).ConfigureAwait(false);
            foreach (var unused in await index.ClaimUnusedAsync(folder.AccountId, before, ct).ConfigureAwait(false))
            {
                if (!await TryDeleteAsync(order, unused.Name, ct).ConfigureAwait(false)) continue;
                await index.RemoveObjectAsync(folder.AccountId, unused.Name, ct).ConfigureAwait(false);
                freed += unused.Length;
            }
            freed += await SweepAsync(order, folder, ct).ConfigureAwait(false);
        }
        return (freed, null);
    }

    /// <summary>
    /// Objects stored since the newest snapshot may be the work of a backup that has not come to its end: a large account on a slow server
    /// takes days, and what it has is not to be fetched again. They are judged when the next snapshot is there, or after a month.
    /// </summary>
    private async Task<DateTimeOffset> FindBeforeAsync(PruneOrder order, AccountFolder folder, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var judged = now - UnfinishedFor;
        if (await index.FindNewestAsync(folder.AccountId, ct).ConfigureAwait(false) is { } newest && newest.TakenAt > judged)
            judged = newest.TakenAt;
        return judged < now - order.Grace ? judged : now - order.Grace;
    }

    /// <summary>
    /// Deletes packs that a killed run left behind before they were noted. Nothing can use them: what the index does not know is in no
    /// snapshot that it knows, and there are no others.
    /// </summary>
    private async Task<long> SweepAsync(PruneOrder order, AccountFolder folder, CancellationToken ct)
    {
        var old = new List<VaultObject>();
        await foreach (var found in order.Target.Vault.ListAsync(BackupLayout.ObjectsOf(folder.AccountId), ct).ConfigureAwait(false))
        {
            // A run that is under way may not have noted it yet.
            if (BackupLayout.IsObject(BackupLayout.Relative(folder.AccountId, found.Name))
                && found.StoredAt < time.GetUtcNow() - order.Grace)
                old.Add(found);
        }
        var known = (await index.ListObjectsAsync(folder.AccountId, ct).ConfigureAwait(false))
            .Select(item => item.Name).ToHashSet(StringComparer.Ordinal);
        long freed = 0;
        foreach (var left in old.Where(found => !known.Contains(found.Name)))
        {
            if (await TryDeleteAsync(order, left.Name, ct).ConfigureAwait(false)) freed += left.Length;
        }
        return freed;
    }

    private async Task<string?> FindUnknownAsync(PruneOrder order, AccountFolder folder, CancellationToken ct)
    {
        var known = (await index.ListSnapshotsAsync(folder.AccountId, ct).ConfigureAwait(false))
            .Select(snapshot => snapshot.Name).ToHashSet(StringComparer.Ordinal);
        await foreach (var found in order.Target.Vault.ListAsync(BackupLayout.SnapshotsOf(folder.AccountId), ct).ConfigureAwait(false))
        {
            if (!known.Contains(found.Name)) return found.Name;
        }
        return null;
    }

    /// <summary>False for an object under lock: it is tried again by a later run.</summary>
    private static async Task<bool> TryDeleteAsync(PruneOrder order, string name, CancellationToken ct)
    {
        try
        {
            await order.Target.Vault.DeleteAsync(name, ct).ConfigureAwait(false);
            return true;
        }
        catch (VaultException fault) when (fault.Fault == VaultFault.Refused)
        {
            return false;
        }
    }
}

/// <summary>What to prune, by which rules.</summary>
/// <param name="Target">The vault.</param>
/// <param name="Folders">All folders of one account in it.</param>
/// <param name="Rules">What to keep.</param>
/// <param name="Zone">In which days begin.</param>
public sealed record PruneOrder(BackupVault Target, IReadOnlyList<AccountFolder> Folders, RetentionRules Rules, TimeZoneInfo Zone)
{
    /// <value>Between marking and deleting. Default 24 hours.</value>
    public TimeSpan Grace { get; init; } = TimeSpan.FromHours(24);
}

/// <summary>What a run did.</summary>
/// <param name="Decision">What it went by.</param>
/// <param name="Marked">Snapshots marked for deletion now.</param>
/// <param name="Unmarked">Marks taken off again.</param>
/// <param name="Deleted">Snapshots deleted.</param>
/// <param name="FreedBytes">Bytes of objects deleted, without manifests.</param>
/// <param name="Locked">Snapshots that the store does not let go yet (object lock).</param>
/// <param name="Stopped">For a person: why unused objects were not deleted.</param>
public sealed record PruneResult(
    RetentionDecision Decision, int Marked, int Unmarked, int Deleted, long FreedBytes, int Locked, string? Stopped);
