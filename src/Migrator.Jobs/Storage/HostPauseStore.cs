namespace Migrator.Jobs.Storage;

/// <param name="Host">Name and port.</param>
public sealed record HostPause(string Host, DateTimeOffset Until);

/// <summary>Hosts that asked to be left alone until a time: shared by all workers, and remembered over restarts.</summary>
public sealed class HostPauseStore(Database database)
{
    public Task<IReadOnlyList<HostPause>> ListAsync(CancellationToken ct) => database.ReadAsync<IReadOnlyList<HostPause>>(
        async db =>
        {
            var rows = await db.ListAsync<Row>("SELECT host, until_at FROM host_pause WHERE until_at > now_ms()");
            return [.. rows.Select(row => new HostPause(row.Host, row.UntilAt.ToTime()))];
        },
        ct);

    /// <summary>
    /// Notes a pause, if it is longer than the known one, and puts off the accounts of that host whose turn would come before: they are
    /// not even tried.
    /// </summary>
    public Task AddAsync(HostPause pause, CancellationToken ct) => database.WriteAsync(db => AddAsync(db, pause), ct);

    /// <summary>In the caller's transaction.</summary>
    internal static async Task AddAsync(DbSession db, HostPause pause)
    {
        var args = new { pause.Host, Until = pause.Until.ToDb() };
        await db.ExecuteAsync(
            """
            INSERT INTO host_pause (host, until_at) VALUES (@Host, @Until)
            ON CONFLICT (host) DO UPDATE SET until_at = excluded.until_at WHERE host_pause.until_at < excluded.until_at
            """,
            args);
        await db.ExecuteAsync(
            "UPDATE backup_account SET backup_at = @Until WHERE queue = @Host AND backup_at < @Until AND lease_until IS NULL", args);
        await db.ExecuteAsync(
            """
            UPDATE backup_account SET wake_at = CASE WHEN upkeep_at < @Until THEN upkeep_at ELSE @Until END
            WHERE queue = @Host AND backup_at = @Until AND lease_until IS NULL
            """,
            args);
        await db.ExecuteAsync("DELETE FROM host_pause WHERE until_at <= now_ms()");
    }

    /// <summary>Until when a host is to be left alone; null: it may be asked.</summary>
    internal static async Task<DateTimeOffset?> FindAsync(DbSession db, string host) => (await db.FirstOrDefaultAsync<long?>(
        "SELECT until_at FROM host_pause WHERE host = @Host AND until_at > now_ms()", new { Host = host })).ToTime();

    private sealed class Row
    {
        public string Host { get; init; } = "";

        public long UntilAt { get; init; }
    }
}
