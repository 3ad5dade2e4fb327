using Migrator.Core.Backups;
using Migrator.Core.Vaults;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Backups;

namespace Migrator.Jobs.Backups;

/// <summary>Rows of the tables as pages and API show them. Pure.</summary>
internal static class BackupViews
{
    public static VaultView Vault(StoredVault vault, VaultTotals? totals, IEnumerable<StoredPlan> plans) => new(
        vault.Id,
        vault.Name,
        vault.Settings is FileVaultSettings ? "file" : "s3",
        vault.Place,
        totals?.Objects ?? 0,
        totals?.Bytes ?? 0,
        totals?.Accounts ?? 0,
        [.. plans.Where(plan => plan.VaultIds.Contains(vault.Id)).Select(plan => plan.Name)],
        vault.Trial,
        vault.CreatedAt);

    public static VaultTrialView Trial(VaultTrial trial, DateTimeOffset now)
    {
        var message = trial.Problem?.Message ?? string.Join(' ', trial.Remarks.Prepend("Written, read back, listed and deleted."));
        return new VaultTrialView(trial.Works, message, trial.RefusesOverwrite == true, trial.ObjectLock?.Enabled == true, now);
    }

    public static BackupKeyView Key(StoredKey key, IEnumerable<StoredPlan> plans) => new(
        key.Id,
        key.Name,
        key.Recipient,
        key.Made,
        key.IsUsable,
        key.ProvenAt,
        [.. plans.Where(plan => plan.KeyIds.Contains(key.Id)).Select(plan => plan.Name)],
        key.CreatedAt);

    public static ScheduleView Schedule(PlanSchedule schedule) =>
        new(schedule.EveryHours, schedule.Cron, schedule.Zone.Id, schedule.JitterMinutes, schedule.Words);

    public static PlanView Plan(
        StoredPlan plan, IReadOnlyList<StoredVault> vaults, IReadOnlyList<StoredKey> keys, IReadOnlyList<BackupAccountItem> accounts,
            DateTimeOffset now) => new(
        plan.Id,
        plan.Name,
        plan.Paused ? PlanState.Paused : PlanState.Active,
        plan.Server is null ? "accounts" : "server",
        plan.Server?.OriginalString,
        Schedule(plan.Schedule),
        new RetentionView(
            plan.Retention.Last, plan.Retention.Hourly, plan.Retention.Daily, plan.Retention.Weekly, plan.Retention.Monthly,
                plan.Retention.Yearly),
        plan.VerifyEveryDays,
        plan.GraceMinutes,
        plan.NotifyEmail,
        plan.HasSuccessUrl,
        [.. plan.VaultIds.Select(id => vaults.FirstOrDefault(vault => vault.Id == id)).OfType<StoredVault>()
            .Select(vault => new NamedItem(vault.Id, vault.Name))],
        [.. plan.KeyIds.Select(id => keys.FirstOrDefault(key => key.Id == id)).OfType<StoredKey>()
            .Select(key => new NamedItem(key.Id, key.Name))],
        Count(accounts),
        accounts.Sum(account => account.OpenAlarms),
        plan.Paused ? null : plan.Schedule.NextAfter(now),
        plan.RoundAt,
        plan.MembersAt,
        plan.MembersProblem,
        plan.CreatedAt);

    public static AccountCounts Count(IReadOnlyList<BackupAccountItem> accounts)
    {
        int Of(params ReadOnlySpan<BackupHealth> which)
        {
            var count = 0;
            foreach (var account in accounts)
                count += which.Contains(account.Health) ? 1 : 0;
            return count;
        }

        return new AccountCounts(
            accounts.Count,
            Of(BackupHealth.Good, BackupHealth.Waiting),
            Of(BackupHealth.Running),
            Of(BackupHealth.New),
            Of(BackupHealth.Late, BackupHealth.Failing, BackupHealth.NeedsYou, BackupHealth.Damaged),
            Of(BackupHealth.Gone));
    }

    /// <param name="isFull">No run can even be begun: <see cref="Database.IsFull"/>.</param>
    public static BackupAccountItem Account(AccountRow row, StoredTotals? stored, long bytesRead, bool isFull)
    {
        isFull &= row is { PlanId: not null, Paused: not true };
        var health = isFull ? BackupHealth.NeedsYou : HealthOf(row, stored);
        var turn = row.BackupAt.ToTime();
        var days = (int)(row.VerifyEveryDays ?? 0);
        return new BackupAccountItem(
            row.Id,
            row.Did,
            row.Handle,
            row.Queue,
            row.PlanId,
            row.PlanName,
            health,
            isFull ? NoRoom.Message : row.Message,
            row.LastGoodAt.ToTime(),
            row.LastSnapshotAt.ToTime(),
            turn,
            health is BackupHealth.Waiting or BackupHealth.Failing ? turn : null,
            (int)(stored?.Snapshots ?? 0),
            stored?.Bytes ?? 0,
            new VerificationState(
                days, stored?.OldestReadAt.ToTime(), bytesRead, stored?.Bytes ?? 0, (int)(stored?.Damaged ?? 0),
                    stored?.LastReadAt.ToTime()),
            row.HasSession,
            (int)row.Alarms);
    }

    public static SnapshotView Snapshot(OwnedSnapshot found)
    {
        var summary = found.Summary;
        return new SnapshotView(
            found.Id,
            found.AccountId,
            found.VaultId,
            found.VaultName,
            summary.Name,
            summary.TakenAt,
            summary.Rev,
            summary.Commit.ToString(),
            summary.Pds.Authority,
            summary.Records,
            summary.Blobs,
            summary.AbsentBlobs,
            summary.TotalBytes,
            summary.NewBytes,
            summary.HasPreferences,
            summary.Damage is not null ? SnapshotStanding.Damaged
                : summary.Stage == SnapshotStage.Deleting ? SnapshotStanding.Deleting : SnapshotStanding.Good,
            summary.Damage,
            summary.OpenedAt is not null
                ? VerifiedDepth.Opened
                : summary.VerifiedAt > summary.TakenAt ? VerifiedDepth.Stored : VerifiedDepth.Written,
            summary.OpenedAt > summary.VerifiedAt ? summary.OpenedAt : summary.VerifiedAt,
            summary.Pinned);
    }

    private static BackupHealth HealthOf(AccountRow row, StoredTotals? stored) => row switch
    {
        { PlanId: null } => BackupHealth.Unplanned,
        { Paused: true } => BackupHealth.Paused,
        { State: "Gone" or "Left" } => BackupHealth.Gone,
        { State: "NeedsYou" } => BackupHealth.NeedsYou,
        _ when stored?.Damaged > 0 => BackupHealth.Damaged,
        { LateAlarms: > 0 } => BackupHealth.Late,
        { OpenRuns: > 0, Running: true } => BackupHealth.Running,
        { State: "Failing" } => BackupHealth.Failing,
        { State: "Waiting" } => BackupHealth.Waiting,
        { State: "New" } => BackupHealth.New,
        _ => BackupHealth.Good,
    };
}
