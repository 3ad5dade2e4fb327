using Migrator.Core.Migrations;

namespace Migrator.Jobs.Storage;

/// <summary>One try of one step, as the step log has it.</summary>
/// <param name="Attempt">1 for the first over the migration's whole life.</param>
/// <param name="Outcome">Null while it runs (or its worker died and nobody has taken over yet).</param>
public sealed record StepAttempt(
    StepName Step, long Attempt, long Fence, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, AttemptOutcome? Outcome);

/// <param name="Seq">Grows with every event; a reader that was away asks for what came after the last it saw.</param>
public sealed record StoredEvent(long Seq, MigrationEvent Event);

/// <summary>What pages show beside the two documents.</summary>
public sealed class MigrationReads(Database database)
{
    /// <summary><c>request.progress</c>: changes with every change of either document, and only then. Null: no such migration.</summary>
    public Task<string?> ReadVersionAsync(MigrationId id, CancellationToken ct) => database.ReadAsync(
        db => db.FirstOrDefaultAsync<string>(
            "SELECT cast(request_version AS text) || '.' || cast(progress_version AS text) FROM migration WHERE id = @Id",
            new { Id = id.ToString() }),
        ct);

    /// <summary>What the newest warning about a restored account's identity says; null: there is none.</summary>
    public Task<string?> ReadIdentityWarningAsync(MigrationId id, CancellationToken ct) => database.ReadAsync(
        db => db.FirstOrDefaultAsync<string>(
            "SELECT detail FROM audit WHERE subject = @Id AND action = @Action ORDER BY id DESC LIMIT 1",
            new { Id = id.ToString(), Action = AuditEntry.IdentityChanged }),
        ct);

    /// <summary>All tries in the order of their start.</summary>
    public Task<IReadOnlyList<StepAttempt>> ListAttemptsAsync(MigrationId id, CancellationToken ct) => database.ReadAsync(
        async Task<IReadOnlyList<StepAttempt>> (db) =>
        {
            var rows = await db.ListAsync<AttemptRow>(
                """
                SELECT step, attempt, fence, started_at, ended_at, outcome FROM migration_step
                WHERE migration_id = @Id ORDER BY started_at, fence, attempt
                """,
                new { Id = id.ToString() });
            return [.. rows.Select(row => row.ToAttempt())];
        },
        ct);

    /// <summary>Events after <paramref name="seq"/>, oldest first.</summary>
    public Task<IReadOnlyList<StoredEvent>> ListEventsAsync(MigrationId id, long seq, int limit, CancellationToken ct) =>
        database.ReadAsync<IReadOnlyList<StoredEvent>>(
            async db =>
            {
                var rows = await db.ListAsync<EventRow>(
                    "SELECT seq, at, step, text FROM migration_event WHERE migration_id = @Id AND seq > @Seq ORDER BY seq LIMIT @Limit",
                    new { Id = id.ToString(), Seq = seq, Limit = limit });
                return [.. rows.Select(row => row.ToEvent())];
            },
            ct);

    /// <summary>The newest counts of the step under way; null before the first.</summary>
    public Task<LiveProgress?> ReadLiveAsync(MigrationId id, CancellationToken ct) => database.ReadAsync(
        async db =>
        {
            var row = await db.FirstOrDefaultAsync<LiveRow>(
                "SELECT step, done, total, bytes_done, bytes_total, at FROM migration_live WHERE migration_id = @Id",
                new { Id = id.ToString() });
            return row?.ToLive();
        },
        ct);

    private sealed class AttemptRow
    {
        public string Step { get; init; } = "";

        public long Attempt { get; init; }

        public long Fence { get; init; }

        public long StartedAt { get; init; }

        public long? EndedAt { get; init; }

        public string? Outcome { get; init; }

        public StepAttempt ToAttempt() => new(
            Enum.Parse<StepName>(Step),
            Attempt,
            Fence,
            StartedAt.ToTime(),
            EndedAt.ToTime(),
            Outcome is null ? null : Enum.Parse<AttemptOutcome>(Outcome));
    }

    private sealed class EventRow
    {
        public long Seq { get; init; }

        public long At { get; init; }

        public string? Step { get; init; }

        public string Text { get; init; } = "";

        public StoredEvent ToEvent() => new(Seq, new MigrationEvent(At.ToTime(), Step is null ? null : Enum.Parse<StepName>(Step), Text));
    }

    private sealed class LiveRow
    {
        public string Step { get; init; } = "";

        public long Done { get; init; }

        public long? Total { get; init; }

        public long BytesDone { get; init; }

        public long? BytesTotal { get; init; }

        public long At { get; init; }

        public LiveProgress ToLive() => new(Enum.Parse<StepName>(Step), Done, Total, BytesDone, BytesTotal, At.ToTime());
    }
}
