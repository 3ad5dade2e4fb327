namespace Migrator.Jobs.Storage;

/// <param name="Attempts">Tries so far, this one included.</param>
/// <param name="Subject">What it is about: the id of a migration, an alarm or a plan.</param>
/// <param name="Target">To whom; null where the settings say it.</param>
public sealed record OutboxMessage(long Id, string Kind, string Payload, int Attempts, string Subject = "", string? Target = null);

/// <summary>Notifications that wait to be sent. At least once: the receiver tells repeats by their id.</summary>
public sealed class OutboxStore(Database database)
{
    /// <summary>No message is put off for longer, so one that is was by a clock that ran ahead, and is due.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromHours(4);

    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(10);

    private const long KeepMs = 30L * 24 * 3600 * 1000;

    /// <summary>
    /// Claims the oldest message of a channel that is due, for one sender. If that sender dies, it is due again after
    /// <paramref name="patience"/>.
    /// </summary>
    public Task<OutboxMessage?> ClaimAsync(string channel, TimeSpan patience, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            var row = await db.FirstOrDefaultAsync<Row>(
                $"""
                UPDATE outbox SET next_at = now_ms() + @Patience, attempts = attempts + 1, last_error = NULL
                WHERE id = (
                  SELECT id FROM outbox WHERE (next_at <= now_ms() OR next_at > now_ms() + @Farthest) AND channel = @Channel
                  ORDER BY next_at, id LIMIT 1 {SkipLocked(db)})
                RETURNING id, kind, payload, attempts, subject, target
                """,
                new
                {
                    Channel = channel,
                    Patience = (long)patience.TotalMilliseconds,
                    Farthest = (long)(LongestPause + ClockTolerance).TotalMilliseconds,
                });
            return row is null ? null : new OutboxMessage(row.Id, row.Kind, row.Payload, (int)row.Attempts, row.Subject, row.Target);
        },
        ct);

    public Task MarkSentAsync(long id, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            await db.ExecuteAsync(
                "UPDATE outbox SET sent_at = now_ms(), next_at = NULL, last_error = NULL WHERE id = @Id", new { Id = id });
            await db.ExecuteAsync("DELETE FROM outbox WHERE next_at IS NULL AND created_at < now_ms() - @Keep", new { Keep = KeepMs });
        },
        ct);

    /// <param name="againIn">Null: given up.</param>
    public Task MarkFailedAsync(long id, string error, TimeSpan? againIn, CancellationToken ct) => database.WriteAsync(
        db => db.ExecuteAsync(
            "UPDATE outbox SET next_at = now_ms() + @Again, last_error = @Error WHERE id = @Id",
            new { Id = id, Again = (long?)againIn?.TotalMilliseconds, Error = error }),
        ct);

    private static string SkipLocked(DbSession db) => db.Provider == DatabaseProvider.Postgres ? "FOR UPDATE SKIP LOCKED" : "";

    private sealed class Row
    {
        public long Id { get; init; }

        public string Kind { get; init; } = "";

        public string Payload { get; init; } = "";

        public long Attempts { get; init; }

        public string Subject { get; init; } = "";

        public string? Target { get; init; }
    }
}
