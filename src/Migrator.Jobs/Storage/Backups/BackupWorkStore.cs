using Migrator.Core.AtProto.Syntax;
using Migrator.Jobs.Backups;

namespace Migrator.Jobs.Storage.Backups;

/// <summary>The runner's side of the tables: every write is one transaction that begins with <see cref="BackupGuard"/>.</summary>
public sealed class BackupWorkStore(Database database, AlarmStore alarms, PlanOptions options)
{
    /// <summary>Begins a run: what is due, with the intent recorded. Null: the account is no longer there.</summary>
    /// <param name="lease">The right to it.</param>
    /// <param name="mayAsk">This run has one of the server's places; without it a backup that is due is left to a run that has.</param>
    /// <param name="ct">Stops it.</param>
    public Task<BackupTask?> BeginAsync(WorkLease lease, bool mayAsk, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            await BackupGuard.RequireAsync(db, lease);
            // What is still open belongs to a worker that died or lost its lease.
            await db.ExecuteAsync(
                "UPDATE backup_run SET ended_at = now_ms(), outcome = @Outcome WHERE account_id = @Id AND ended_at IS NULL",
                new { Id = lease.Work.Key, Outcome = nameof(BackupRunOutcome.Interrupted) });
            var row = await db.FirstOrDefaultAsync<TaskRow>(
                """
                SELECT owner, did, handle, queue, plan_id, has_session, tries, why, backup_at, upkeep_at, verify_from, now_ms() AS now
                FROM backup_account WHERE id = @Id
                """,
                new { Id = lease.Work.Key });
            return row is null ? null : await BeginAsync(db, lease, row, mayAsk);
        },
        ct);

    /// <summary>Stores how the backup ended, what alarms begin and end with it, and when the next is due.</summary>
    public Task FinishBackupAsync(WorkLease lease, BackupTask task, BackupResult result, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            await BackupGuard.RequireAsync(db, lease);
            var now = (await db.SingleAsync<long>("SELECT now_ms()")).ToTime();
            // The plan may have changed, or lost the account, while it ran.
            var planId = await db.FirstOrDefaultAsync<string>(
                "SELECT plan_id FROM backup_account WHERE id = @Id", new { Id = task.AccountId });
            var plan = planId is null ? null : await BackupPlanStore.FindAsync(db, null, planId);
            var tries = result.IsGood ? 0 : task.Tries + (result.CountsAsTry ? 1 : 0);
            await EndRunAsync(db, task, result);
            await MoveAccountAsync(db, task, plan, result, tries, now);
            // Who took it out of its plan meanwhile does not want to hear of it; nothing would ever end such an alarm.
            if (plan is not null || result.IsGood)
                await JudgeAsync(db, task.AccountId, result, tries);
            // In this very transaction: the next run of that server, anywhere, sees it.
            if (result is { HostAsked: true, RetryAt: { } until })
                await HostPauseStore.AddAsync(db, new HostPause(task.Queue, until));
            if (result.IsGood && plan is not null)
                await CloseRoundAsync(db, plan);
        },
        ct);

    /// <summary>Stores that retention and reading had their turn.</summary>
    /// <param name="damage">What is damaged now, in words; null: nothing is.</param>
    /// <param name="rest">What a person asked to have read and was not.</param>
    public Task FinishUpkeepAsync(
        WorkLease lease, string accountId, string? damage, UpkeepRest rest, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            await BackupGuard.RequireAsync(db, lease);
            await db.ExecuteAsync(
                """
                UPDATE backup_account SET
                  upkeep_at = CASE WHEN asked AND upkeep_at <= now_ms() THEN upkeep_at WHEN @Now THEN now_ms() ELSE now_ms() + @Again END,
                  verify_from = CASE WHEN @Done AND NOT asked THEN NULL ELSE verify_from END
                WHERE id = @Id
                """,
                new
                {
                    Id = accountId,
                    Now = rest == UpkeepRest.Now,
                    Done = rest == UpkeepRest.None,
                    Again = (long)TimeSpan.FromMinutes(options.UpkeepMinutes).TotalMilliseconds,
                });
            await SetWakeAsync(db, accountId);
            if (damage is null)
                await alarms.EndAsync(db, accountId, AlarmKind.Damaged);
            else
                await alarms.RaiseAsync(db, accountId, AlarmKind.Damaged, damage);
        },
        ct);

    private static Task SetWakeAsync(DbSession db, string accountId) => db.ExecuteAsync(
        """
        UPDATE backup_account SET wake_at = CASE
          WHEN backup_at IS NULL THEN upkeep_at WHEN upkeep_at IS NULL OR backup_at < upkeep_at THEN backup_at ELSE upkeep_at END,
          updated_at = now_ms()
        WHERE id = @Id
        """,
        new { Id = accountId });

    private static async Task<BackupTask> BeginAsync(DbSession db, WorkLease lease, TaskRow row, bool mayAsk)
    {
        var now = row.Now.ToTime();
        var plan = row.PlanId is null ? null : await BackupPlanStore.FindAsync(db, null, row.PlanId);
        var backup = mayAsk && plan is { Paused: false } && row.BackupAt <= row.Now;
        if (backup && await HostPauseStore.FindAsync(db, row.Queue) is { } until)
        {
            // Its server asked for patience, perhaps to another worker: not even tried before.
            backup = false;
            await db.ExecuteAsync(
                """
                UPDATE backup_account SET backup_at = @Until, state = CASE WHEN state = 'New' THEN state ELSE 'Waiting' END WHERE id = @Id
                """,
                new { Id = lease.Work.Key, Until = until.ToDb() });
        }

        await SetWakeAsync(db, lease.Work.Key);
        string? runId = null;
        if (backup)
        {
            runId = Guid.NewGuid().ToString("N");
            await db.ExecuteAsync(
                "INSERT INTO backup_run (id, account_id, fence, why, started_at) VALUES (@Id, @Account, @Fence, @Why, now_ms())",
                new { Id = runId, Account = lease.Work.Key, lease.Fence, Why = WhyOf(row) });
        }

        return new BackupTask(
            lease.Work.Key,
            row.Owner,
            Did.Parse(row.Did),
            row.Handle,
            row.Queue,
            row.HasSession,
            (int)row.Tries,
            plan,
            runId,
            plan is { Paused: false } && row.UpkeepAt <= row.Now,
            row.VerifyFrom.ToTime(),
            now);
    }

    /// <summary>A scheduled run that begins long after its time makes up for all that were missed.</summary>
    private static string WhyOf(TaskRow row) => row.Why == "schedule" && row.Now - row.BackupAt > 10 * 60_000 ? "late" : row.Why;

    private static Task EndRunAsync(DbSession db, BackupTask task, BackupResult result) => db.ExecuteAsync(
        """
        UPDATE backup_run SET ended_at = now_ms(), outcome = @Outcome, message = @Message, new_bytes = @NewBytes, snapshot_name = @Snapshot,
          new_objects = (SELECT coalesce(max(new_objects), 0) FROM backup_snapshot WHERE name = @Snapshot)
        WHERE id = @Id
        """,
        new
        {
            Id = task.RunId,
            Outcome = result.Outcome.ToString(),
            result.Message,
            result.NewBytes,
            Snapshot = result.Snapshots is { Count: > 0 } made ? made[0].Name : null,
        });

    private async Task MoveAccountAsync(DbSession db, BackupTask task, StoredPlan? plan, BackupResult result, int tries, DateTimeOffset now)
    {
        var next = plan?.NextTurn(task.AccountId, now);
        var retry = result.Outcome switch
        {
            BackupRunOutcome.Waiting when !result.CountsAsTry => result.RetryAt,
            BackupRunOutcome.Failed => Later(result.RetryAt, now + options.RetryAfter(tries)),
            _ => null,
        };
        var turn = retry < next ? retry : next;
        var snapshot = result.Snapshots?.FirstOrDefault();
        await db.ExecuteAsync(
            """
            UPDATE backup_account SET state = @State, message = @Message, tries = @Tries,
              handle = coalesce(@Handle, handle), pds = coalesce(@Pds, pds), queue = coalesce(@Queue, queue),
              last_good_at = CASE WHEN @Good THEN @StartedAt ELSE last_good_at END,
              last_snapshot_at = CASE WHEN @Stored THEN @StartedAt ELSE last_snapshot_at END,
              late_at = CASE WHEN @Good THEN @LateAt WHEN @Gone THEN NULL ELSE late_at END,
              why = CASE WHEN asked AND backup_at <= now_ms() THEN why ELSE @Why END,
              backup_at = CASE WHEN asked AND backup_at <= now_ms() THEN backup_at ELSE @Turn END,
              upkeep_at = CASE WHEN @Stored OR upkeep_at IS NULL THEN now_ms() ELSE upkeep_at END
            WHERE id = @Id
            """,
            new
            {
                Id = task.AccountId,
                State = StateOf(result),
                // Remarks of a good run are in the run's own line.
                Message = result.IsGood && result.Outcome != BackupRunOutcome.Shrunk ? null : result.Message,
                Tries = tries,
                snapshot?.Handle,
                Pds = snapshot?.Pds.OriginalString,
                Queue = snapshot is null ? null : BackupMemberStore.QueueOf(snapshot.Pds),
                Good = result.IsGood,
                Gone = result.Outcome == BackupRunOutcome.AccountGone,
                Stored = result.Outcome is BackupRunOutcome.Stored or BackupRunOutcome.Shrunk,
                StartedAt = task.StartedAt.ToDb(),
                LateAt = plan?.LateAt(now).ToDb(),
                Turn = plan is { Paused: false } ? turn?.ToDb() : null,
                Why = retry is not null && retry < next ? "retry" : "schedule",
            });
        await SetWakeAsync(db, task.AccountId);
    }

    private static DateTimeOffset Later(DateTimeOffset? one, DateTimeOffset other) => one > other ? one.Value : other;

    private static string StateOf(BackupResult result) => result.Outcome switch
    {
        BackupRunOutcome.Waiting => "Waiting",
        BackupRunOutcome.Failed => "Failing",
        BackupRunOutcome.NeedsPerson => "NeedsYou",
        BackupRunOutcome.AccountGone => "Gone",
        _ => "Good",
    };

    private async Task JudgeAsync(DbSession db, string accountId, BackupResult result, int tries)
    {
        if (result.IsGood)
        {
            await alarms.EndAsync(db, accountId, AlarmKind.Late);
            await alarms.EndAsync(db, accountId, AlarmKind.Failed);
            await alarms.EndAsync(db, accountId, AlarmKind.Gone);
        }

        if (result.Outcome == BackupRunOutcome.Shrunk)
            await alarms.RaiseAsync(db, accountId, AlarmKind.Shrunk, result.Message!);
        if (result.Outcome == BackupRunOutcome.NeedsPerson
            || (result.Outcome == BackupRunOutcome.Failed && tries >= options.TriesBeforeAlarm))
            await alarms.RaiseAsync(db, accountId, AlarmKind.Failed, result.Message!);
        if (result.Outcome == BackupRunOutcome.AccountGone)
        {
            await alarms.EndAsync(db, accountId, AlarmKind.Late);
            await alarms.EndAsync(db, accountId, AlarmKind.Failed);
            await alarms.RaiseAsync(db, accountId, AlarmKind.Gone, result.Message!);
        }
    }

    /// <summary>
    /// When every account that can be backed up was, since the newest possible time of the schedule, that round is complete: told once.
    /// </summary>
    private static async Task CloseRoundAsync(DbSession db, StoredPlan plan)
    {
        var oldest = await db.FirstOrDefaultAsync<long?>(
            "SELECT min(coalesce(last_good_at, 0)) FROM backup_account WHERE plan_id = @Plan AND state NOT IN ('Gone', 'Left')",
            new { Plan = plan.Id });
        if (oldest is null or 0 || plan.Schedule.LastAtOrBefore(oldest.Value.ToTime()) is not { } slot)
            return;
        var closed = await db.ExecuteAsync(
            "UPDATE backup_plan SET round_slot = @Slot WHERE id = @Id AND round_slot < @Slot", new { plan.Id, Slot = slot.ToDb() });
        if (closed == 1 && plan.HasSuccessUrl)
            await Journal.SendAsync(db, plan.Owner, "plan.round", plan.Id, "{}", OutboxChannel.SuccessUrl, null);
    }

    private sealed class TaskRow
    {
        public string Owner { get; init; } = "";

        public string Did { get; init; } = "";

        public string? Handle { get; init; }

        public string Queue { get; init; } = "";

        public string? PlanId { get; init; }

        public bool HasSession { get; init; }

        public long Tries { get; init; }

        public string Why { get; init; } = "";

        public long? BackupAt { get; init; }

        public long? UpkeepAt { get; init; }

        public long? VerifyFrom { get; init; }

        public long Now { get; init; }
    }
}
