using Migrator.Jobs.Backups;

namespace Migrator.Jobs.Storage.Backups;

/// <summary>What pages show of accounts, runs and alarms.</summary>
public sealed class BackupAccountReads(Database database)
{
    /// <summary>Accounts of an owner, in the order of their handles; those of one plan, or one alone.</summary>
    public Task<IReadOnlyList<AccountRow>> ListAsync(string owner, string? planId, string? accountId, CancellationToken ct) =>
        database.ReadAsync(
            db => db.ListAsync<AccountRow>(
                """
                SELECT a.id, a.did, a.handle, a.pds, a.queue, a.plan_id, a.state, a.message, a.last_good_at, a.last_snapshot_at, a.backup_at,
                  a.tries, a.has_session, a.lease_until > now_ms() AS running, p.name AS plan_name, p.paused, p.verify_every_days,
                  (SELECT count(*) FROM alarm l WHERE l.account_id = a.id AND l.ended_at IS NULL) AS alarms,
                  (SELECT count(*) FROM alarm l WHERE l.account_id = a.id AND l.ended_at IS NULL AND l.kind = 'Late') AS late_alarms,
                  (SELECT count(*) FROM backup_run r WHERE r.account_id = a.id AND r.ended_at IS NULL) AS open_runs
                FROM backup_account a LEFT JOIN backup_plan p ON p.id = a.plan_id
                WHERE a.owner = @Owner AND (@Plan IS NULL OR a.plan_id = @Plan) AND (@Id IS NULL OR a.id = @Id)
                ORDER BY coalesce(a.handle, a.did), a.id
                """,
                new { Owner = owner, Plan = planId, Id = accountId }),
            ct);

    /// <summary>What is stored, by DID: over all vaults of the owner.</summary>
    public Task<IReadOnlyDictionary<string, StoredTotals>> StoredAsync(string owner, string? did, CancellationToken ct) => database.ReadAsync(
        async Task<IReadOnlyDictionary<string, StoredTotals>> (db) =>
        {
            var rows = await db.ListAsync<StoredTotals>(
                """
                SELECT f.did, cast(sum(f.bytes) AS bigint) AS bytes,
                  cast(sum((SELECT count(*) FROM backup_snapshot s WHERE s.folder_id = f.id AND s.stage = 'Complete')) AS bigint) AS snapshots,
                  cast(sum((SELECT count(*) FROM backup_snapshot s WHERE s.folder_id = f.id AND s.damage IS NOT NULL)) AS bigint) AS damaged,
                  min((SELECT o.checked_at FROM backup_object o WHERE o.folder_id = f.id ORDER BY o.checked_at LIMIT 1)) AS oldest_read_at,
                  max((SELECT o.checked_at FROM backup_object o WHERE o.folder_id = f.id ORDER BY o.checked_at DESC LIMIT 1)) AS last_read_at
                FROM backup_folder f JOIN backup_vault v ON v.marker_id = f.vault_id AND v.owner = @Owner
                WHERE @Did IS NULL OR f.did = @Did GROUP BY f.did
                """,
                new { Owner = owner, Did = did });
            return rows.ToDictionary(row => row.Did);
        },
        ct);

    /// <summary>Bytes of an account's objects that were read after a time.</summary>
    public Task<long> BytesReadAsync(string owner, string did, DateTimeOffset since, CancellationToken ct) => database.ReadAsync(
        db => db.SingleAsync<long>(
            """
            SELECT cast(coalesce(sum(o.length), 0) AS bigint) FROM backup_object o JOIN backup_folder f ON f.id = o.folder_id
            JOIN backup_vault v ON v.marker_id = f.vault_id AND v.owner = @Owner WHERE f.did = @Did AND o.checked_at >= @Since
            """,
            new { Owner = owner, Did = did, Since = since.ToDb() }),
        ct);

    public Task<IReadOnlyList<BackupRunView>> ListRunsAsync(
        string owner, string accountId, DateTimeOffset? since, int limit, CancellationToken ct) => database.ReadAsync(
        async Task<IReadOnlyList<BackupRunView>> (db) =>
        {
            var rows = await db.ListAsync<RunRow>(
                """
                SELECT r.id, r.why, r.started_at, r.ended_at, r.outcome, r.message, r.new_bytes, r.new_objects,
                  (SELECT s.id FROM backup_snapshot s WHERE s.name = r.snapshot_name LIMIT 1) AS snapshot_id
                FROM backup_run r JOIN backup_account a ON a.id = r.account_id
                WHERE r.account_id = @Id AND a.owner = @Owner AND r.started_at >= @Since ORDER BY r.started_at DESC LIMIT @Limit
                """,
                new { Id = accountId, Owner = owner, Since = since?.ToDb() ?? 0, Limit = limit });
            return [.. rows.Select(row => row.ToView())];
        },
        ct);

    /// <param name="accountId">Null: of all the owner's accounts.</param>
    public Task<IReadOnlyList<AlarmView>> ListAlarmsAsync(
        string owner, string? accountId, bool openOnly, int limit, CancellationToken ct) => database.ReadAsync(
        async Task<IReadOnlyList<AlarmView>> (db) =>
        {
            var rows = await db.ListAsync<AlarmRow>(
                """
                SELECT l.id, l.kind, l.account_id, coalesce(a.handle, a.did) AS subject, l.plan_id, p.name AS plan_name, l.message, l.raised_at,
                  l.ended_at, (SELECT count(*) FROM outbox o WHERE o.subject = l.id AND o.sent_at IS NOT NULL) AS told,
                  (SELECT max(o.last_error) FROM outbox o WHERE o.subject = l.id AND o.sent_at IS NULL AND o.next_at IS NULL) AS untold
                FROM alarm l JOIN backup_account a ON a.id = l.account_id LEFT JOIN backup_plan p ON p.id = l.plan_id
                WHERE l.owner = @Owner AND (@Id IS NULL OR l.account_id = @Id) AND (NOT @Open OR l.ended_at IS NULL)
                ORDER BY l.raised_at DESC, l.id LIMIT @Limit
                """,
                new { Owner = owner, Id = accountId, Open = openOnly, Limit = limit });
            return [.. rows.Select(row => row.ToView())];
        },
        ct);

    private sealed class RunRow
    {
        public string Id { get; init; } = "";

        public string Why { get; init; } = "";

        public long StartedAt { get; init; }

        public long? EndedAt { get; init; }

        public string? Outcome { get; init; }

        public string? Message { get; init; }

        public long NewBytes { get; init; }

        public long NewObjects { get; init; }

        public string? SnapshotId { get; init; }

        public BackupRunView ToView() => new(
            Id,
            Why,
            Outcome is null ? BackupRunOutcome.Running : Enum.Parse<BackupRunOutcome>(Outcome),
            StartedAt.ToTime(),
            EndedAt.ToTime(),
            Message,
            NewBytes,
            (int)NewObjects,
            SnapshotId);
    }

    private sealed class AlarmRow
    {
        public string Id { get; init; } = "";

        public string Kind { get; init; } = "";

        public string AccountId { get; init; } = "";

        public string Subject { get; init; } = "";

        public string? PlanId { get; init; }

        public string? PlanName { get; init; }

        public string Message { get; init; } = "";

        public long RaisedAt { get; init; }

        public long? EndedAt { get; init; }

        public long Told { get; init; }

        public string? Untold { get; init; }

        public AlarmView ToView() => new(
            Id, Enum.Parse<AlarmKind>(Kind), AccountId, Subject, PlanId, PlanName, Message, RaisedAt.ToTime(), EndedAt.ToTime(), (int)Told, Untold);
    }
}

/// <summary>One account with what its plan says of it.</summary>
public sealed class AccountRow
{
    public string Id { get; init; } = "";

    public string Did { get; init; } = "";

    public string? Handle { get; init; }

    public string Pds { get; init; } = "";

    public string Queue { get; init; } = "";

    public string? PlanId { get; init; }

    public string State { get; init; } = "";

    public string? Message { get; init; }

    public long? LastGoodAt { get; init; }

    public long? LastSnapshotAt { get; init; }

    public long? BackupAt { get; init; }

    public long Tries { get; init; }

    public bool HasSession { get; init; }

    public bool? Running { get; init; }

    public string? PlanName { get; init; }

    public bool? Paused { get; init; }

    public long? VerifyEveryDays { get; init; }

    public long Alarms { get; init; }

    public long LateAlarms { get; init; }

    public long OpenRuns { get; init; }
}

/// <summary>What is stored of one account.</summary>
public sealed class StoredTotals
{
    public string Did { get; init; } = "";

    public long Bytes { get; init; }

    public long Snapshots { get; init; }

    public long Damaged { get; init; }

    public long? OldestReadAt { get; init; }

    public long? LastReadAt { get; init; }
}
