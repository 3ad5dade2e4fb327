using Migrator.Core.Backups;
using Migrator.Jobs.Migrations;

namespace Migrator.Jobs.Backups;

internal sealed partial class BackupService
{
    private const string NoSnapshot = "There is no such snapshot.";

    public async Task<IReadOnlyList<SnapshotView>> ListSnapshotsAsync(
        string owner, string accountId, DateTimeOffset? before, int limit, CancellationToken ct) =>
        [.. (await stores.Snapshots.ListAsync(owner, accountId, before, Math.Clamp(limit, 1, MostListed), ct))
            .Select(BackupViews.Snapshot)];

    public async Task<ServiceResult<SnapshotView>> GetSnapshotAsync(string owner, string snapshotId, CancellationToken ct) =>
        await stores.Snapshots.FindAsync(owner, snapshotId, ct) is { } found
            ? ServiceResult<SnapshotView>.Ok(BackupViews.Snapshot(found))
            : ServiceResult<SnapshotView>.NotFound(NoSnapshot);

    public async Task<ServiceResult<SnapshotView>> PinSnapshotAsync(string owner, string snapshotId, bool pinned, CancellationToken ct)
    {
        if (await stores.Snapshots.FindAsync(owner, snapshotId, ct) is not { } found)
            return ServiceResult<SnapshotView>.NotFound(NoSnapshot);
        await stores.Snapshots.PinAsync(owner, found, pinned, ct);
        return await GetSnapshotAsync(owner, snapshotId, ct);
    }

    public async Task<ServiceResult<RetentionPreview>> PreviewRetentionAsync(
        string owner, string accountId, RetentionInput? rules, CancellationToken ct)
    {
        if (rules is not null && Check<RetentionPreview, RetentionInput>(new RetentionValidator(), rules) is { } invalid)
            return invalid;
        if (await FindAccountAsync(owner, accountId, ct) is not { } row)
            return ServiceResult<RetentionPreview>.NotFound(NoAccount);
        var plan = row.PlanId is null ? null : await stores.Plans.FindAsync(owner, row.PlanId, ct);
        if (rules is null && plan is null)
            return ServiceResult<RetentionPreview>.Conflict("This account is in no plan: nothing of it is deleted.");

        var wanted = rules is null ? plan!.Retention : ReadRules(rules);
        var zone = plan?.Schedule.Zone ?? TimeZoneInfo.Utc;
        var found = (await stores.Snapshots.ListAsync(owner, accountId, null, MostRuns, ct)).ToLookup(snapshot => snapshot.VaultId);
        var (keep, remove) = (new List<RetentionLine>(), new List<RetentionLine>());
        string? frozen = null;
        foreach (var vault in found)
        {
            var views = vault.ToDictionary(snapshot => snapshot.Summary.Name, BackupViews.Snapshot);
            // What is marked already is judged again, as the deleting itself does it.
            var summaries = vault.Select(snapshot => snapshot.Summary.Stage == SnapshotStage.Deleting
                ? snapshot.Summary with { Stage = SnapshotStage.Complete }
                : snapshot.Summary).ToList();
            var decision = RetentionPlan.Decide(wanted, summaries, time.GetUtcNow(), zone);
            keep.AddRange(decision.Kept.Select(kept => new RetentionLine(views[kept.Snapshot.Name], kept.Reasons)));
            remove.AddRange(decision.Removed.Select(removed => new RetentionLine(views[removed.Name], [])));
            frozen ??= decision.Frozen;
        }

        return ServiceResult<RetentionPreview>.Ok(new RetentionPreview(
            keep, remove, await FreedAsync(remove, ct), frozen));
    }

    /// <summary>Bytes of objects that only snapshots among these use, and of their manifests.</summary>
    private async Task<long> FreedAsync(IReadOnlyList<RetentionLine> remove, CancellationToken ct) =>
        remove.Count == 0 ? 0 : await stores.Snapshots.OnlyUsedByAsync([.. remove.Select(line => line.Snapshot.Id)], ct);
}
