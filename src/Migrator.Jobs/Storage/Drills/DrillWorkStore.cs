using System.Text.Json;
using Migrator.Core.Drills;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Drills;
using Migrator.Jobs.Storage.Backups;

namespace Migrator.Jobs.Storage.Drills;

/// <summary>What a run has before it.</summary>
/// <param name="Start">1 for the first try, one more each time an earlier one was killed.</param>
public sealed record DrillTask(
    string Id, string Owner, string AccountId, string VaultId, string SnapshotName, DrillKeySource KeyFrom, int Start);

/// <summary>How a drill ended.</summary>
/// <param name="State">None of the open ones.</param>
/// <param name="Message">One sentence or two for the person.</param>
public sealed record DrillEnd(DrillState State, string Message, DrillReport? Report = null);

/// <summary>What became of the wish to begin.</summary>
public abstract record DrillBeginning
{
    private DrillBeginning()
    {
    }

    public sealed record Go(DrillTask Task) : DrillBeginning;

    /// <summary>Not now: it is called again, that is stored.</summary>
    public sealed record Later : DrillBeginning;

    /// <summary>It is over, now or before.</summary>
    public sealed record Over : DrillBeginning;
}

/// <summary>The runner's side of the table of drills: every write is one transaction that begins with the check of the lease.</summary>
public sealed class DrillWorkStore(Database database, AlarmStore alarms, OutboxPolicy outbox)
{
    /// <summary>A drill that was begun so often and killed each time is given up.</summary>
    public const int MostStarts = 3;

    private const long AskAgainForPlace = 10_000;
    private const long AskAgainForKey = 1_000;
    private const long WaitForKey = 60_000;

    /// <summary>Older drills of an account go when it has a newer one; the newest proof stays.</summary>
    private const long Keep = 400L * 24 * 3600 * 1000;

    /// <summary>Begins a run, or says why not.</summary>
    /// <param name="lease">The right to it.</param>
    /// <param name="keyIsHere">This process has the key that was given for it.</param>
    /// <param name="ct">Stops it.</param>
    public Task<DrillBeginning> BeginAsync(WorkLease lease, bool keyIsHere, CancellationToken ct) => database.WriteAsync(
        async Task<DrillBeginning> (db) =>
        {
            var row = await RequireAsync(db, lease);
            if (row.EndedAt is not null)
                return new DrillBeginning.Over();
            var task = new DrillTask(
                lease.Work.Key, row.Owner, row.AccountId, row.VaultId, row.SnapshotName, Enum.Parse<DrillKeySource>(row.KeyFrom), (int)row.Starts + 1);
            if (task.Start > MostStarts)
                return await GiveUpAsync(db, task, $"It was begun {MostStarts} times and never came to its end: Migrator was stopped or broke off each time. Its log says why.");
            if (task.KeyFrom == DrillKeySource.Session && !keyIsHere)
            {
                // Another process may have it; with SQLite there is no other.
                return db.Provider == DatabaseProvider.Sqlite || row.Now - row.AskedAt > WaitForKey
                    ? await GiveUpAsync(db, task, "The key was in memory only, and Migrator was started again since. Begin the drill once more and give the key again.")
                    : await PutOffAsync(db, task, AskAgainForKey);
            }

            if (!await TakePlaceAsync(db, lease))
                return await PutOffAsync(db, task, AskAgainForPlace);
            await db.ExecuteAsync(
                """
                UPDATE drill SET state = 'Running', starts = @Start, started_at = coalesce(started_at, now_ms()), message = NULL, progress = NULL,
                  updated_at = now_ms()
                WHERE id = @Id
                """,
                new { task.Id, task.Start });
            await Journal.AuditAsync(db, task.Owner, task.AccountId, new AuditEntry(AuditEntry.Engine, "drill.begin", task.Id));
            return new DrillBeginning.Go(task);
        },
        ct);

    /// <summary>Notes how far it is. Where the lease is lost nothing is.</summary>
    public Task NoteProgressAsync(WorkLease lease, DrillProgress progress, CancellationToken ct) => database.WriteAsync(
        db => db.ExecuteAsync(
            """
            UPDATE drill SET progress = @Progress, progress_at = now_ms(), updated_at = now_ms()
            WHERE id = @Id AND fence = @Fence AND lease_holder = @Holder AND ended_at IS NULL
            """,
            new
            {
                Id = lease.Work.Key,
                lease.Fence,
                lease.Holder,
                Progress = JsonSerializer.Serialize(progress, DrillStoreJson.Default.DrillProgress),
            }),
        ct);

    /// <summary>Stores how it ended, with what alarms begin and end by it, and lets the next drill have the place.</summary>
    public Task FinishAsync(WorkLease lease, DrillTask task, DrillEnd end, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            await RequireAsync(db, lease);
            await EndAsync(db, task, end);
        },
        ct);

    /// <exception cref="WorkLostException">Another worker holds it, or this lease ran out.</exception>
    private static async Task<TaskRow> RequireAsync(DbSession db, WorkLease lease) => await db.FirstOrDefaultAsync<TaskRow>(
        $"""
        SELECT owner, account_id, vault_id, snapshot_name, key_from, starts, asked_at, ended_at, now_ms() AS now FROM drill
        WHERE id = @Id AND fence = @Fence AND lease_holder = @Holder AND lease_until > now_ms() {db.ForUpdate}
        """,
        new { Id = lease.Work.Key, lease.Fence, lease.Holder }) ?? throw new WorkLostException(lease);

    /// <summary>A drill restores a whole account onto this machine's disk: one at a time, over all processes on it.</summary>
    private static async Task<bool> TakePlaceAsync(DbSession db, WorkLease lease)
    {
        var args = new { Machine = lease.Holder.Split('/')[0], Id = lease.Work.Key };
        await db.ExecuteAsync("INSERT INTO drill_place (machine) VALUES (@Machine) ON CONFLICT DO NOTHING", args);
        // Two statements: the second waits for whoever takes the place now, and then sees what he did.
        var other = await db.FirstOrDefaultAsync<string>($"SELECT drill_id FROM drill_place WHERE machine = @Machine {db.ForUpdate}", args);
        if (other is not null && other != args.Id && await db.SingleAsync<long>(
            "SELECT count(*) FROM drill WHERE id = @Other AND state = 'Running' AND lease_until > now_ms()", new { Other = other }) > 0)
            return false;
        await db.ExecuteAsync("UPDATE drill_place SET drill_id = @Id WHERE machine = @Machine", args);
        return true;
    }

    private static async Task<DrillBeginning> PutOffAsync(DbSession db, DrillTask task, long again)
    {
        await db.ExecuteAsync("UPDATE drill SET state = 'Queued', wake_at = now_ms() + @Again, updated_at = now_ms() WHERE id = @Id", new { task.Id, Again = again });
        return new DrillBeginning.Later();
    }

    private async Task<DrillBeginning> GiveUpAsync(DbSession db, DrillTask task, string why)
    {
        await EndAsync(db, task, new DrillEnd(DrillState.CouldNotRun, why));
        return new DrillBeginning.Over();
    }

    private async Task EndAsync(DbSession db, DrillTask task, DrillEnd end)
    {
        var summary = end.Report is null ? null : DrillSummary.Of(end.Report);
        await db.ExecuteAsync(
            """
            UPDATE drill SET state = @State, message = @Message, summary = @Summary, report = @Report, progress = NULL, wake_at = NULL, asked = @No,
              ended_at = now_ms(), updated_at = now_ms()
            WHERE id = @Id
            """,
            new
            {
                task.Id,
                State = end.State.ToString(),
                end.Message,
                Summary = summary is null ? null : JsonSerializer.Serialize(summary, DrillStoreJson.Default.DrillSummary),
                Report = end.Report is null ? null : DrillJson.Write(end.Report),
                No = false,
            });
        await db.ExecuteAsync("UPDATE drill_place SET drill_id = NULL WHERE drill_id = @Id", new { task.Id });
        await db.ExecuteAsync("UPDATE drill SET wake_at = now_ms() WHERE state = 'Queued' AND wake_at > now_ms()");
        await db.ExecuteAsync(
            """
            DELETE FROM drill WHERE account_id = @AccountId AND ended_at < now_ms() - @Keep
              AND ended_at <> (SELECT coalesce(max(x.ended_at), 0) FROM drill x WHERE x.account_id = @AccountId AND x.state = 'Proven')
            """,
            new { task.AccountId, Keep });
        await JudgeAsync(db, task, end);
        await DrillSettingStore.MoveAsync(db, task.AccountId, cameToAResult: end.State is DrillState.Proven or DrillState.Damaged);
        await TellAsync(db, task, end, summary);
    }

    private async Task JudgeAsync(DbSession db, DrillTask task, DrillEnd end)
    {
        if (end.State is DrillState.Proven or DrillState.Damaged)
        {
            await alarms.EndAsync(db, task.AccountId, AlarmKind.DrillNotRun);
            await alarms.EndAsync(db, task.AccountId, AlarmKind.DrillLate);
        }

        if (end.State == DrillState.Proven)
            await alarms.EndAsync(db, task.AccountId, AlarmKind.DrillDamaged);
        else
            await alarms.RaiseAsync(db, task.AccountId, end.State == DrillState.Damaged ? AlarmKind.DrillDamaged : AlarmKind.DrillNotRun, end.Message);
        // What is damaged is found object by object when all is read again; then the next backup stores anew what the server still has.
        if (end.State == DrillState.Damaged)
        {
            await db.ExecuteAsync(
                "UPDATE backup_account SET upkeep_at = now_ms(), wake_at = now_ms(), verify_from = now_ms(), asked = @Yes WHERE id = @Id AND plan_id IS NOT NULL",
                new { Id = task.AccountId, Yes = true });
        }
    }

    private async Task TellAsync(DbSession db, DrillTask task, DrillEnd end, DrillSummary? summary)
    {
        await Journal.AuditAsync(db, task.Owner, task.AccountId, new AuditEntry(AuditEntry.Engine, "drill.end", $"{task.Id} {end.State}"));
        if (!outbox.IsOn)
            return;
        var row = await db.SingleAsync<DrillRow>($"{DrillRow.Select} WHERE d.id = @Id", new { task.Id });
        var notice = new DrillNotice(
            "drill.ended", task.Id, task.AccountId, row.Did, row.Handle, end.State, row.TakenAt.ToTime(), summary, end.Message);
        await Journal.SendAsync(
            db, task.Owner, notice.Kind, task.Id, JsonSerializer.Serialize(notice, DrillStoreJson.Default.DrillNotice), OutboxChannel.Webhook, null);
    }

    private sealed class TaskRow
    {
        public string Owner { get; init; } = "";

        public string AccountId { get; init; } = "";

        public string VaultId { get; init; } = "";

        public string SnapshotName { get; init; } = "";

        public string KeyFrom { get; init; } = "";

        public long Starts { get; init; }

        public long AskedAt { get; init; }

        public long? EndedAt { get; init; }

        public long Now { get; init; }
    }
}
