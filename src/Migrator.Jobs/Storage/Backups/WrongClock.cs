using Migrator.Jobs.Backups;

namespace Migrator.Jobs.Storage.Backups;

/// <summary>
/// A clock that ran ahead for a while sets turns that lie months away when it is right again: nothing would be backed up until then, and
/// nothing would be late. So whatever lies further ahead than its plan's schedule can have put it is due now.
/// </summary>
/// <remarks>Snapshots that were dated in the future meanwhile are left alone by retention; see <see cref="Core.Backups.RetentionPlan"/>.</remarks>
public sealed class WrongClock(Database database, PlanOptions options)
{
    private static readonly TimeSpan Tolerance = Core.Backups.RetentionPlan.ClockTolerance;

    /// <summary>No server is waited for longer than this; only a clock can have set such a pause.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromDays(8);

    /// <returns>How many accounts were put right.</returns>
    public async Task<int> MendAsync(CancellationToken ct)
    {
        var (now, farthest) = await database.ReadAsync(
            async db => (
                await db.SingleAsync<long>("SELECT now_ms()"),
                await db.ListAsync<FarRow>(
                    """
                    SELECT plan_id, max(backup_at) AS backup_at, max(last_good_at) AS last_good_at, max(upkeep_at) AS upkeep_at
                    FROM backup_account WHERE plan_id IS NOT NULL GROUP BY plan_id
                    """)),
            ct);
        var soon = (now.ToTime() + Tolerance).ToDb();
        var upkeep = (now.ToTime() + TimeSpan.FromMinutes(options.UpkeepMinutes) + Tolerance).ToDb();
        var mended = 0;
        foreach (var row in farthest.Where(row => row.BackupAt > soon || row.LastGoodAt > soon || row.UpkeepAt > upkeep))
            mended += await database.WriteAsync(db => MendAsync(db, row.PlanId, now, soon, upkeep), ct);
        return mended;
    }

    private static async Task<int> MendAsync(DbSession db, string planId, long now, long soon, long upkeep)
    {
        if (await BackupPlanStore.FindAsync(db, null, planId) is not { } plan)
            return 0;
        var next = plan.Schedule.NextAfter(now.ToTime()) + TimeSpan.FromMinutes(plan.Schedule.JitterMinutes) + Tolerance;
        await db.ExecuteAsync(
            "DELETE FROM host_pause WHERE until_at > @Pause", new { Pause = (now.ToTime() + LongestPause).ToDb() });
        var args = new { Plan = planId, Next = next.ToDb(), Soon = soon, Upkeep = upkeep, Late = plan.LateAt(now.ToTime()).ToDb() };
        var mended = await db.ExecuteAsync(
            """
            UPDATE backup_account SET
              backup_at = CASE WHEN backup_at IS NULL THEN NULL ELSE now_ms() END,
              late_at = CASE WHEN late_at > @Late THEN @Late ELSE late_at END,
              last_good_at = CASE WHEN last_good_at > @Soon THEN NULL ELSE last_good_at END,
              upkeep_at = CASE WHEN upkeep_at > @Upkeep THEN now_ms() ELSE upkeep_at END,
              wake_at = now_ms(), updated_at = now_ms()
            WHERE plan_id = @Plan AND (last_good_at > @Soon OR upkeep_at > @Upkeep OR backup_at > @Next) AND NOT EXISTS
              (SELECT 1 FROM host_pause WHERE host = backup_account.queue AND until_at >= backup_account.backup_at)
            """,
            args);
        if (mended > 0)
        {
            await db.ExecuteAsync(
                "UPDATE backup_plan SET round_slot = 0 WHERE id = @Plan AND round_slot > @Soon", args);
            await db.ExecuteAsync(
                "UPDATE backup_plan SET members_next_at = now_ms() WHERE id = @Plan AND members_next_at > now_ms() + 86400000 + 600000", args);
        }

        return mended;
    }

    private sealed class FarRow
    {
        public string PlanId { get; init; } = "";

        public long? BackupAt { get; init; }

        public long? LastGoodAt { get; init; }

        public long? UpkeepAt { get; init; }
    }
}
