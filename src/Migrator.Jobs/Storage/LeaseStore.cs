namespace Migrator.Jobs.Storage;

/// <summary>What came of a try to take a lease.</summary>
public abstract record LeaseAnswer
{
    private LeaseAnswer()
    {
    }

    public sealed record Taken(WorkLease Lease) : LeaseAnswer;

    /// <summary>Somebody else holds it, or nothing is to be done now.</summary>
    /// <param name="DueIn">Time until it is due by the database's clock; null when nothing is planned or another worker is at it.</param>
    public sealed record NotNow(TimeSpan? DueIn) : LeaseAnswer;
}

/// <summary>
/// Leases on migrations and on accounts that are backed up: who works on one, until when, with which fencing number. Times are the
/// database's, so that workers with differing clocks agree. Something is due when its lease is free and one of these holds: somebody
/// asked for it since the last run began, its wake-up time has come, or its last worker died (the lease ran out without being given back).
/// </summary>
public sealed class LeaseStore(Database database)
{
    /// <summary>Workers may be set to leases of different lives, of ten minutes at most.</summary>
    private static readonly TimeSpan LongerThanAny = TimeSpan.FromMinutes(20);

    private const string Free = "(lease_until IS NULL OR lease_until <= now_ms())";
    private const string Due = "(asked OR wake_at <= now_ms() OR lease_until <= now_ms())";

    /// <summary>Takes the lease if the work is due and nobody holds it: one compare-and-set with the next fencing number.</summary>
    public Task<LeaseAnswer> TakeAsync(WorkId id, string holder, TimeSpan life, CancellationToken ct) => database.WriteAsync(
        async Task<LeaseAnswer> (db) =>
        {
            var fence = await db.FirstOrDefaultAsync<long?>(
                $"""
                UPDATE {TableOf(id)} SET fence = fence + 1, lease_holder = @Holder, lease_until = now_ms() + @Life,
                  asked = false, wake_at = NULL
                WHERE id = @Id AND {Free} AND {Due}
                RETURNING fence
                """,
                new { Id = id.Key, Holder = holder, Life = (long)life.TotalMilliseconds });
            if (fence is { } number)
                return new LeaseAnswer.Taken(new WorkLease(id, number, holder));

            var wait = await db.FirstOrDefaultAsync<long?>(
                $"SELECT wake_at - now_ms() FROM {TableOf(id)} WHERE id = @Id AND {Free}", new { Id = id.Key });
            return new LeaseAnswer.NotNow(wait is { } ms ? TimeSpan.FromMilliseconds(Math.Max(ms, 0)) : null);
        },
        ct);

    /// <summary>False: the lease is lost, and with it the right to go on.</summary>
    public Task<bool> RenewAsync(WorkLease lease, TimeSpan life, CancellationToken ct) => database.WriteAsync(
        async db => await db.ExecuteAsync(
            $"""
            UPDATE {TableOf(lease.Work)} SET lease_until = now_ms() + @Life
            WHERE id = @Id AND fence = @Fence AND lease_holder = @Holder AND lease_until > now_ms()
            """,
            new { Id = lease.Work.Key, lease.Fence, lease.Holder, Life = (long)life.TotalMilliseconds }) == 1,
        ct);

    /// <summary>Gives the lease back.</summary>
    /// <param name="againIn">Not null: the work broke off and is due again after this time, at the latest.</param>
    /// <returns>Until it is due next; null when nothing is planned.</returns>
    public Task<TimeSpan?> GiveBackAsync(WorkLease lease, TimeSpan? againIn, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            // Also when it has run out meanwhile: as long as nobody took it over it is still ours to give back.
            var wait = await db.FirstOrDefaultAsync<long?>(
                $"""
                UPDATE {TableOf(lease.Work)} SET lease_holder = NULL, lease_until = NULL,
                  wake_at = CASE WHEN @Again IS NULL OR wake_at < now_ms() + @Again THEN wake_at ELSE now_ms() + @Again END
                WHERE id = @Id AND fence = @Fence AND lease_holder = @Holder
                RETURNING CASE WHEN asked THEN 0 ELSE wake_at - now_ms() END
                """,
                new { Id = lease.Work.Key, lease.Fence, lease.Holder, Again = (long?)againIn?.TotalMilliseconds });
            return wait is { } ms ? TimeSpan.FromMilliseconds(Math.Max(ms, 0)) : (TimeSpan?)null;
        },
        ct);

    /// <summary>
    /// Ends all leases. Only for a process that knows itself to be the only one: at its start all holders are dead, and nobody need wait
    /// until their leases run out.
    /// </summary>
    public Task EndAllAsync(CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            foreach (var kind in Enum.GetValues<WorkKind>())
                await db.ExecuteAsync($"UPDATE {TableOf(kind)} SET lease_until = now_ms() - 1 WHERE lease_until > now_ms()");
        },
        ct);

    /// <summary>
    /// Shortens leases that only a database clock which ran ahead can have made: a worker that died then would hold its work for as long as
    /// the clock was wrong. One that lives renews its lease in time.
    /// </summary>
    public Task ShortenAsync(TimeSpan life, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            foreach (var kind in Enum.GetValues<WorkKind>())
            {
                await db.ExecuteAsync(
                    $"UPDATE {TableOf(kind)} SET lease_until = now_ms() + @Life WHERE lease_until > now_ms() + @Longest",
                    new { Life = (long)life.TotalMilliseconds, Longest = (long)LongerThanAny.TotalMilliseconds });
            }
        },
        ct);

    /// <summary>What is due and free, of every kind, longest waiting first within its kind.</summary>
    public Task<IReadOnlyList<WorkId>> ListDueAsync(int limit, CancellationToken ct) => database.ReadAsync<IReadOnlyList<WorkId>>(
        async db =>
        {
            var due = new List<WorkId>();
            foreach (var kind in Enum.GetValues<WorkKind>())
            {
                var keys = await db.ListAsync<string>(
                    $"""
                    SELECT id FROM {TableOf(kind)} WHERE {Free} AND {Due}
                    ORDER BY coalesce(wake_at, lease_until, updated_at) LIMIT @Limit
                    """,
                    new { Limit = limit });
                due.AddRange(keys.Select(
                    key => WorkId.TryParse(kind, key, out var id) ? id : throw new FormatException($"'{key}' is no id of {kind}.")));
            }

            return due;
        },
        ct);

    /// <summary>
    /// The queue that the work waits in: those of one queue (one server) share a limit. Null where nothing is asked of a server, and for a
    /// migration from the cut-over on: a code that lives for minutes must not wait behind another account's blobs.
    /// </summary>
    /// <param name="id">Whose queue.</param>
    /// <param name="after">When it is to run, from now on: what is due then counts.</param>
    /// <param name="ct">Stops it.</param>
    public Task<string?> FindQueueAsync(WorkId id, TimeSpan after, CancellationToken ct) => database.ReadAsync(
        db => db.FirstOrDefaultAsync<string>(
            id.Kind switch
            {
                WorkKind.Migration => "SELECT queue FROM migration WHERE id = @Id AND state IN ('Draft', 'Copying')",
                WorkKind.Backup => "SELECT queue FROM backup_account WHERE id = @Id AND backup_at <= now_ms() + @After",
                _ => "SELECT NULL",
            },
            new { Id = id.Key, After = (long)after.TotalMilliseconds }),
        ct);

    private static string TableOf(WorkId id) => TableOf(id.Kind);

    private static string TableOf(WorkKind kind) => kind switch
    {
        WorkKind.Migration => "migration",
        WorkKind.Backup => "backup_account",
        WorkKind.Drill => "drill",
        _ => throw new InvalidOperationException($"{kind} has no table."),
    };
}
