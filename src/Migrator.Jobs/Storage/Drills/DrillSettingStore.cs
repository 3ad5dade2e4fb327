using Migrator.Core.Backups;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Drills;
using Migrator.Jobs.Storage.Backups;

namespace Migrator.Jobs.Storage.Drills;

/// <summary>What was decided for an account.</summary>
public sealed record DrillSetting(string AccountId, DrillEvery Every, DateTimeOffset? EscrowedAt, DateTimeOffset? NextAt);

/// <summary>How often drills run, whether their key is kept here, and which are due or overdue by that.</summary>
public sealed class DrillSettingStore(Database database, SealedSecrets secrets, SnapshotReads snapshots, AlarmStore alarms)
{
    private const int AtOnce = 50;
    private const int SnapshotsLookedAt = 500;

    /// <summary>Those that were decided, by account id.</summary>
    /// <param name="accountId">Null: of all accounts.</param>
    public Task<IReadOnlyDictionary<string, DrillSetting>> ListAsync(string owner, string? accountId, CancellationToken ct) => database.ReadAsync(
        async Task<IReadOnlyDictionary<string, DrillSetting>> (db) =>
        {
            var rows = await db.ListAsync<Row>(
                "SELECT account_id, every, escrowed_at, next_at FROM drill_setting WHERE owner = @Owner AND (@Account IS NULL OR account_id = @Account)",
                new { Owner = owner, Account = accountId });
            return rows.ToDictionary(row => row.AccountId, row => row.ToSetting());
        },
        ct);

    /// <summary>Keeps the key from now on. <paramref name="text"/> is sealed in this very transaction.</summary>
    public Task EscrowAsync(string owner, string accountId, string text, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            await AddAsync(db, owner, accountId);
            await secrets.WriteAsync(db, SecretKey.DrillIdentity(accountId), owner, text);
            await db.ExecuteAsync("UPDATE drill_setting SET escrowed_at = now_ms() WHERE account_id = @Id", new { Id = accountId });
            await Journal.AuditAsync(db, owner, accountId, new AuditEntry(owner, "drill.escrow"));
            await PlanAsync(db, accountId);
        },
        ct);

    /// <summary>Erases the key.</summary>
    public Task EraseAsync(string owner, string accountId, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            await SealedSecrets.EraseAsync(db, SecretKey.DrillIdentity(accountId));
            await db.ExecuteAsync("UPDATE drill_setting SET escrowed_at = NULL WHERE account_id = @Id", new { Id = accountId });
            await Journal.AuditAsync(db, owner, accountId, new AuditEntry(owner, "drill.erase-escrow"));
            await PlanAsync(db, accountId);
        },
        ct);

    public Task ScheduleAsync(string owner, string accountId, DrillEvery every, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            await AddAsync(db, owner, accountId);
            await db.ExecuteAsync("UPDATE drill_setting SET every = @Every WHERE account_id = @Id", new { Id = accountId, Every = every.ToString() });
            await Journal.AuditAsync(db, owner, accountId, new AuditEntry(owner, "drill.schedule", every.ToString()));
            await PlanAsync(db, accountId);
        },
        ct);

    /// <summary>Puts a drill in the queue for each account whose time has come, and sets its next time.</summary>
    /// <returns>The ids of those drills.</returns>
    public async Task<IReadOnlyList<string>> QueueDueAsync(CancellationToken ct)
    {
        var due = await database.ReadAsync(
            db => db.ListAsync<Row>(
                "SELECT account_id, owner, every FROM drill_setting WHERE next_at <= now_ms() ORDER BY next_at LIMIT @Limit", new { Limit = AtOnce }),
            ct);
        var queued = new List<string>();
        foreach (var row in due)
        {
            var choice = await ChooseAsync(row.Owner, row.AccountId, ct);
            if (await QueueAsync(row, choice, ct) is { } id)
                queued.Add(id);
        }

        return queued;
    }

    /// <summary>Raises the alarm for every account without a result in time: judged by the tables, whether or not any drill was begun.</summary>
    public Task<int> RaiseLateAsync(CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            var late = await db.ListAsync<Row>(
                "UPDATE drill_setting SET late_at = NULL WHERE late_at <= now_ms() AND escrowed_at IS NOT NULL AND every <> 'Off' RETURNING account_id, owner, every");
            foreach (var row in late)
            {
                var last = (await db.SingleAsync<LastRow>(
                    "SELECT max(ended_at) AS at FROM drill WHERE account_id = @Id AND state IN ('Proven', 'Damaged')", new { Id = row.AccountId })).At.ToTime();
                var since = last is { } at ? $"The last drill that came to a result ended at {at:yyyy-MM-dd HH:mm} UTC." : "None came to a result yet.";
                await alarms.RaiseAsync(
                    db, row.AccountId, AlarmKind.DrillLate,
                    $"The drill is overdue: it should run {row.Every.ToLowerInvariant()}. {since} This says nothing of the backups; they are as they were. The page of the drills says what stands in the way.");
            }

            return late.Count;
        },
        ct);

    /// <summary>
    /// The snapshot to drill: the newest of the vault whose copy was drilled longest ago, so that with several vaults each gets its turn.
    /// Null: there is none.
    /// </summary>
    public async Task<OwnedSnapshot?> ChooseAsync(string owner, string accountId, CancellationToken ct)
    {
        var whole = (await snapshots.ListAsync(owner, accountId, null, SnapshotsLookedAt, ct)).Where(found => found.Summary.Stage == SnapshotStage.Complete);
        var (planned, last) = await database.ReadAsync(
            async db => (
                await db.ListAsync<string>(
                    "SELECT v.vault_id FROM backup_plan_vault v JOIN backup_account a ON a.plan_id = v.plan_id WHERE a.id = @Id", new { Id = accountId }),
                await DrillStore.LastByVaultAsync(db, accountId)),
            ct);
        var newest = whole.GroupBy(found => found.VaultId).Select(vault => vault.MaxBy(found => found.Summary.TakenAt)!).ToList();
        // A vault that is no longer written to has old snapshots only; those are drilled when there are no others.
        if (newest.Exists(found => planned.Contains(found.VaultId)))
            newest.RemoveAll(found => !planned.Contains(found.VaultId));
        return newest.OrderBy(found => last.GetValueOrDefault(found.VaultId)).ThenByDescending(found => found.Summary.TakenAt).FirstOrDefault();
    }

    /// <summary>After a drill: when the next is due and when it is overdue.</summary>
    internal static async Task MoveAsync(DbSession db, string accountId, bool cameToAResult)
    {
        if (await FindPlannedAsync(db, accountId) is not { EscrowedAt: not null, NextAt: not null } row)
            return;
        if (cameToAResult)
        {
            await db.ExecuteAsync(
                "UPDATE drill_setting SET late_at = next_at + @Grace WHERE account_id = @Id",
                new { Id = accountId, Grace = (long)DrillSchedule.Grace.TotalMilliseconds });
            return;
        }

        var again = row.Now + (long)DrillSchedule.TryAgainAfter.TotalMilliseconds;
        await db.ExecuteAsync("UPDATE drill_setting SET next_at = @Again WHERE account_id = @Id AND next_at > @Again", new { Id = accountId, Again = again });
    }

    private static Task AddAsync(DbSession db, string owner, string accountId) => db.ExecuteAsync(
        "INSERT INTO drill_setting (account_id, owner, every, updated_at) VALUES (@Id, @Owner, @Every, now_ms()) ON CONFLICT DO NOTHING",
        new { Id = accountId, Owner = owner, Every = nameof(DrillEvery.Weekly) });

    /// <summary>Sets the next time anew. Without the key none is planned and none can be overdue.</summary>
    private async Task PlanAsync(DbSession db, string accountId)
    {
        if (await FindPlannedAsync(db, accountId) is not { } row)
            return;
        var next = row.EscrowedAt is null ? null : row.NextAfter();
        await db.ExecuteAsync(
            "UPDATE drill_setting SET next_at = @Next, late_at = @Late, updated_at = now_ms() WHERE account_id = @Id",
            new { Id = accountId, Next = next?.ToDb(), Late = (next + DrillSchedule.Grace)?.ToDb() });
        if (next is not null)
            return;
        await alarms.EndAsync(db, accountId, AlarmKind.DrillLate);
        await alarms.EndAsync(db, accountId, AlarmKind.DrillNotRun);
    }

    private Task<string?> QueueAsync(Row due, OwnedSnapshot? choice, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            var claimed = await db.ExecuteAsync(
                "UPDATE drill_setting SET next_at = NULL WHERE account_id = @Id AND next_at <= now_ms()", new { Id = due.AccountId });
            if (claimed == 0 || await FindPlannedAsync(db, due.AccountId) is not { EscrowedAt: not null } row)
                return null;
            await db.ExecuteAsync(
                "UPDATE drill_setting SET next_at = @Next WHERE account_id = @Id", new { Id = due.AccountId, Next = row.NextAfter()?.ToDb() });
            if (choice is null)
                return null;
            var drill = new NewDrill(Guid.NewGuid().ToString("N"), due.Owner, choice, "schedule", DrillKeySource.Escrow);
            return await DrillStore.AddAsync(db, drill, AuditEntry.Engine) ? drill.Id : null;
        },
        ct);

    private static Task<PlannedRow?> FindPlannedAsync(DbSession db, string accountId) => db.FirstOrDefaultAsync<PlannedRow>(
        $"""
        SELECT s.account_id, s.every, s.escrowed_at, s.next_at, now_ms() AS now,
          (SELECT p.time_zone FROM backup_plan p JOIN backup_account a ON a.plan_id = p.id WHERE a.id = s.account_id) AS time_zone
        FROM drill_setting s WHERE s.account_id = @Id {db.ForUpdate}
        """,
        new { Id = accountId });

    private sealed class Row
    {
        public string AccountId { get; init; } = "";

        public string Owner { get; init; } = "";

        public string Every { get; init; } = "";

        public long? EscrowedAt { get; init; }

        public long? NextAt { get; init; }

        public DrillSetting ToSetting() => new(AccountId, Enum.Parse<DrillEvery>(Every), EscrowedAt.ToTime(), NextAt.ToTime());
    }

    private sealed class LastRow
    {
        public long? At { get; init; }
    }

    private sealed class PlannedRow
    {
        public string AccountId { get; init; } = "";

        public string Every { get; init; } = "";

        public long? EscrowedAt { get; init; }

        public long? NextAt { get; init; }

        public long Now { get; init; }

        public string? TimeZone { get; init; }

        public DateTimeOffset? NextAfter() => DrillSchedule.NextAfter(
            Enum.Parse<DrillEvery>(Every), AccountId, TimeZone is null ? TimeZoneInfo.Utc : TimeZoneInfo.FindSystemTimeZoneById(TimeZone), Now.ToTime());
    }
}
