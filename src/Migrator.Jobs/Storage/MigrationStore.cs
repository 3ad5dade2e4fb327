using Migrator.Core.Migrations;

namespace Migrator.Jobs.Storage;

/// <summary>The runner's side of the tables: every write is one transaction that begins with <see cref="LeaseGuard"/>.</summary>
public sealed class MigrationStore(Database database, OutboxPolicy outbox, TimeProvider time) : IMigrationStore
{
    public Task<Migration?> FindAsync(MigrationId id, CancellationToken ct) => database.ReadAsync(
        async db => (await db.FirstOrDefaultAsync<MigrationRow>(
            $"SELECT {MigrationRow.Columns} FROM migration WHERE id = @Id", new { Id = id.ToString() }))?.ToMigration(),
        ct);

    public Task<long> ReadRequestVersionAsync(MigrationId id, CancellationToken ct) => database.ReadAsync(
        db => db.FirstOrDefaultAsync<long>("SELECT request_version FROM migration WHERE id = @Id", new { Id = id.ToString() }), ct);

    public Task BeginAttemptAsync(Lease lease, MigrationProgress progress, StepName step, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            var row = await LeaseGuard.RequireAsync(db, lease);
            await WriteProgressAsync(db, lease, row, progress);
            // What is still open belongs to a worker that died or lost its lease.
            await EndAttemptAsync(db, lease, AttemptOutcome.Interrupted);
            await db.ExecuteAsync(
                """
                INSERT INTO migration_step (migration_id, step, attempt, fence, started_at)
                SELECT @Id, @Step, coalesce(max(attempt), 0) + 1, @Fence, now_ms() FROM migration_step
                WHERE migration_id = @Id AND step = @Step
                """,
                new { Id = lease.Migration.ToString(), Step = step.ToString(), lease.Fence });
        },
        ct);

    public Task SaveAsync(
        Lease lease,
        MigrationProgress progress,
        AttemptOutcome? attemptEnd,
        IReadOnlyList<MigrationEvent> events,
        DateTimeOffset? wakeAt,
        CancellationToken ct)
    {
        // A wake-up that is due already needs no alarm: this run goes on, and a run that dies is found by its lease.
        // A later one is stored by the database's clock, whatever ours says.
        var delay = wakeAt - time.GetUtcNow() is { } wait && wait > TimeSpan.Zero ? (long?)Math.Ceiling(wait.TotalMilliseconds) : null;
        return database.WriteAsync(
            async db =>
            {
                var row = await LeaseGuard.RequireAsync(db, lease);
                await WriteProgressAsync(db, lease, row, progress);
                await db.ExecuteAsync(
                    "UPDATE migration SET wake_at = now_ms() + @Delay WHERE id = @Id",
                    new { Id = lease.Migration.ToString(), Delay = delay });
                if (attemptEnd is { } outcome)
                    await EndAttemptAsync(db, lease, outcome);
                foreach (var line in events)
                {
                    await db.ExecuteAsync(
                        "INSERT INTO migration_event (migration_id, at, step, text) VALUES (@Id, @At, @Step, @Text)",
                        new { Id = lease.Migration.ToString(), At = line.At.ToDb(), Step = line.Step?.ToString(), line.Text });
                }
            },
            ct);
    }

    public Task ConfirmAsync(Lease lease, CancellationToken ct) => database.WriteAsync(db => (Task)LeaseGuard.RequireAsync(db, lease), ct);

    public Task ReportLiveAsync(Lease lease, LiveProgress live, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            await LeaseGuard.RequireAsync(db, lease);
            await db.ExecuteAsync(
                """
                INSERT INTO migration_live (migration_id, step, done, total, bytes_done, bytes_total, at)
                VALUES (@Id, @Step, @Done, @Total, @BytesDone, @BytesTotal, @At)
                ON CONFLICT (migration_id) DO UPDATE SET step = excluded.step, done = excluded.done, total = excluded.total,
                  bytes_done = excluded.bytes_done, bytes_total = excluded.bytes_total, at = excluded.at
                """,
                new
                {
                    Id = lease.Migration.ToString(),
                    Step = live.Step.ToString(),
                    live.Done,
                    live.Total,
                    live.BytesDone,
                    live.BytesTotal,
                    At = live.At.ToDb(),
                });
        },
        ct);

    private async Task WriteProgressAsync(DbSession db, Lease lease, GuardedRow before, MigrationProgress progress)
    {
        var state = progress.State.ToString();
        var hold = progress.Hold?.Cause.ToString();
        await db.ExecuteAsync(
            """
            UPDATE migration SET progress = @Progress, progress_version = progress_version + 1, state = @State, hold_cause = @Hold,
              running = running AND (NOT @Final OR (way_back AND @MayGoBack)), updated_at = now_ms()
            WHERE id = @Id
            """,
            new
            {
                Id = lease.Migration.ToString(),
                Progress = MigrationJson.Write(progress),
                State = state,
                Hold = hold,
                Final = progress.State.IsFinal(),
                MayGoBack = progress.State is MigrationState.Completed or MigrationState.CompletedWithRemarks,
            });
        // A wait that ends by itself is seen on the page; it is no event for the audit log or anybody's mailbox.
        var newHold = progress.Hold is { NeedsThePerson: true } && before.HoldCause != hold;
        if (before.State == state && !newHold)
            return;

        var audit = new AuditEntry(AuditEntry.Engine, "migration.state", hold is null ? state : $"{state}: {hold}");
        await Journal.AuditAsync(db, before.Owner, lease.Migration, audit);
        if (outbox.IsOn)
        {
            await Journal.NotifyAsync(db, before.Owner, new Notice(
                before.State == state ? "migration.hold" : "migration.state",
                lease.Migration.ToString(),
                before.Did,
                progress.Identity?.Handle?.ToString(),
                progress.State,
                progress.Hold?.Cause,
                progress.Hold?.Message,
                progress.Hold?.NeedsThePerson ?? false));
        }
    }

    private static Task EndAttemptAsync(DbSession db, Lease lease, AttemptOutcome outcome) => db.ExecuteAsync(
        "UPDATE migration_step SET ended_at = now_ms(), outcome = @Outcome WHERE migration_id = @Id AND ended_at IS NULL",
        new { Id = lease.Migration.ToString(), Outcome = outcome.ToString() });
}
