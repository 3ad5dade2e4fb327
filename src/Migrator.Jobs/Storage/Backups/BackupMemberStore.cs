using Migrator.Core.AtProto.Syntax;

namespace Migrator.Jobs.Storage.Backups;

/// <summary>An account as it joins a plan.</summary>
public sealed record PlanMember(Did Did, string? Handle, Uri Pds);

/// <summary>An account that is in another plan.</summary>
internal sealed class TakenMember
{
    public string Id { get; init; } = "";

    public string Did { get; init; } = "";

    /// <summary>The name of that plan.</summary>
    public string Plan { get; init; } = "";

    /// <summary>That plan is for a whole server: nobody named the account there.</summary>
    public bool ByServer { get; init; }
}

/// <summary>Who is in a plan, and when their turns are.</summary>
public sealed class BackupMemberStore(AlarmStore alarms)
{
    /// <summary>The accounts among these that another plan has already.</summary>
    internal static async Task<IReadOnlyList<TakenMember>> FindTakenAsync(DbSession db, string owner, string planId, IEnumerable<Did> dids)
    {
        var taken = new List<TakenMember>();
        foreach (var did in dids)
        {
            var found = await db.FirstOrDefaultAsync<TakenMember>(
                """
                SELECT a.id, a.did, p.name AS plan, p.server IS NOT NULL AS by_server
                FROM backup_account a JOIN backup_plan p ON p.id = a.plan_id
                WHERE a.owner = @Owner AND a.did = @Did AND a.plan_id <> @Plan
                """,
                new { Owner = owner, Did = did.ToString(), Plan = planId });
            if (found is not null)
                taken.Add(found);
        }

        return taken;
    }

    /// <summary>Takes one account out of whatever plan it is in. Its snapshots stay.</summary>
    internal async Task ReleaseAsync(DbSession db, string accountId)
    {
        await alarms.EndAllAsync(db, accountId);
        await db.ExecuteAsync(
            """
            UPDATE backup_account SET plan_id = NULL, backup_at = NULL, late_at = NULL, upkeep_at = NULL, wake_at = NULL,
              updated_at = now_ms()
            WHERE id = @Id
            """,
            new { Id = accountId });
    }

    /// <summary>Adds accounts; those that are in already stay as they are, and those of another plan are passed over.</summary>
    /// <returns>How many are new or came back.</returns>
    internal static async Task<int> JoinAsync(DbSession db, StoredPlan plan, IEnumerable<PlanMember> members)
    {
        var joined = 0;
        foreach (var member in members)
        {
            joined += await db.ExecuteAsync(
                """
                INSERT INTO backup_account (id, owner, did, handle, pds, queue, plan_id, state, backup_at, why, late_at, wake_at,
                  created_at, updated_at)
                VALUES (@Id, @Owner, @Did, @Handle, @Pds, @Queue, @Plan, 'New', now_ms(), 'first', now_ms() + @Grace, now_ms(),
                  now_ms(), now_ms())
                ON CONFLICT (owner, did) DO UPDATE SET plan_id = excluded.plan_id, handle = coalesce(excluded.handle, backup_account.handle),
                  pds = excluded.pds, queue = excluded.queue, state = 'New', message = NULL, backup_at = excluded.backup_at, why = 'first',
                  tries = 0, late_at = excluded.late_at, wake_at = excluded.wake_at, updated_at = now_ms()
                WHERE backup_account.plan_id IS NULL OR (backup_account.plan_id = excluded.plan_id AND backup_account.state = 'Left')
                """,
                new
                {
                    Id = Guid.NewGuid().ToString("N"),
                    plan.Owner,
                    Did = member.Did.ToString(),
                    member.Handle,
                    Pds = member.Pds.OriginalString,
                    Queue = QueueOf(member.Pds),
                    Plan = plan.Id,
                    Grace = (long)TimeSpan.FromMinutes(plan.GraceMinutes + plan.Schedule.JitterMinutes).TotalMilliseconds,
                });
        }

        return joined;
    }

    /// <summary>Takes accounts out of a plan of named accounts. Their snapshots stay.</summary>
    internal async Task ReleaseAsync(DbSession db, string planId, Func<string, bool> goes)
    {
        var rows = await db.ListAsync<MemberRow>("SELECT id, did FROM backup_account WHERE plan_id = @Plan", new { Plan = planId });
        foreach (var row in rows.Where(row => goes(row.Did)))
            await ReleaseAsync(db, row.Id);
    }

    /// <summary>Marks those that a planned server no longer lists.</summary>
    internal async Task<int> MarkLeftAsync(DbSession db, StoredPlan plan, IReadOnlySet<string> stillThere)
    {
        var rows = await db.ListAsync<MemberRow>(
            "SELECT id, did FROM backup_account WHERE plan_id = @Plan AND state <> 'Left'", new { Plan = plan.Id });
        var gone = rows.Where(row => !stillThere.Contains(row.Did)).ToList();
        foreach (var row in gone)
        {
            var message = $"{plan.Server!.Authority} no longer lists this account: it moved or was deleted. Its snapshots stay as they are. "
                + "If it moved and is to be backed up on, add it to a plan by its handle.";
            await db.ExecuteAsync(
                """
                UPDATE backup_account SET state = 'Left', message = @Message, backup_at = NULL, late_at = NULL, wake_at = upkeep_at,
                  updated_at = now_ms()
                WHERE id = @Id
                """,
                new { row.Id, Message = message });
            await alarms.EndAsync(db, row.Id, Migrator.Jobs.Backups.AlarmKind.Late);
            await alarms.EndAsync(db, row.Id, Migrator.Jobs.Backups.AlarmKind.Failed);
            await alarms.RaiseAsync(db, row.Id, Migrator.Jobs.Backups.AlarmKind.Gone, message);
        }

        return gone.Count;
    }

    /// <summary>Sets everyone's next turn anew: after a change of the schedule or a pause.</summary>
    internal static async Task RescheduleAsync(DbSession db, StoredPlan plan)
    {
        var now = (await db.SingleAsync<long>("SELECT now_ms()")).ToTime();
        var rows = await db.ListAsync<MemberRow>(
            "SELECT id, did, last_good_at, state FROM backup_account WHERE plan_id = @Plan AND state <> 'Left'", new { Plan = plan.Id });
        foreach (var row in rows)
        {
            // A time that passed during a pause is made up for once.
            var good = row.LastGoodAt.ToTime();
            var missed = good is null || plan.Schedule.NextAfter(good.Value) <= now;
            var turn = missed ? now : plan.NextTurn(row.Id, now);
            await db.ExecuteAsync(
                """
                UPDATE backup_account SET backup_at = @Turn, why = @Why, late_at = @Late, tries = 0,
                  wake_at = CASE WHEN upkeep_at < @Turn THEN upkeep_at ELSE @Turn END, updated_at = now_ms()
                WHERE id = @Id
                """,
                new
                {
                    row.Id,
                    Turn = plan.Paused ? (long?)null : turn.ToDb(),
                    Why = good is null ? "first" : missed ? "late" : "schedule",
                    Late = plan.Paused || row.State == "Gone" ? null : (long?)Later(plan.LateAt(good ?? now), now + TimeSpan.FromMinutes(plan.GraceMinutes)).ToDb(),
                });
        }

        static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
    }

    internal static string QueueOf(Uri pds) => $"{pds.IdnHost}:{pds.Port}";

    private sealed class MemberRow
    {
        public string Id { get; init; } = "";

        public string Did { get; init; } = "";

        public long? LastGoodAt { get; init; }

        public string State { get; init; } = "";
    }
}
