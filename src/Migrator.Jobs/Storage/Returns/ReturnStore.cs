using Migrator.Core.Migrations;
using Migrator.Jobs.Returns;

namespace Migrator.Jobs.Storage.Returns;

/// <summary>What is remembered of bringings back: no key, no sign-in, only what is shown.</summary>
internal sealed class ReturnStore(Database database)
{
    private const int MostListed = 200;

    /// <summary>Its process renews it far more often.</summary>
    private static readonly TimeSpan Alive = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(30);

    /// <summary>SQLite has one process, so what that one does not know of is over. With PostgreSQL another one may be at it.</summary>
    private bool IsAlone => database.Provider == DatabaseProvider.Sqlite;

    /// <param name="audit">What is to be read of it in the audit log; the end of one is told there only once.</param>
    public Task SaveAsync(string owner, ReturnView view, AuditEntry? audit, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            await db.ExecuteAsync(
                """
                INSERT INTO account_return (id, owner, snapshot_id, shown, started_at, ended_at, alive_until)
                VALUES (@Id, @Owner, @SnapshotId, @Shown, @StartedAt, @EndedAt, now_ms() + @Alive)
                ON CONFLICT (id) DO UPDATE SET shown = @Shown, ended_at = @EndedAt, alive_until = now_ms() + @Alive
                """,
                new
                {
                    view.Id,
                    Owner = owner,
                    view.SnapshotId,
                    Shown = MigrationJson.Write(view),
                    StartedAt = view.StartedAt.ToDb(),
                    EndedAt = view.IsOver ? view.EndedAt?.ToDb() : null,
                    Alive = (long)Alive.TotalMilliseconds,
                });
            if (audit is not null)
                await Journal.AuditAsync(db, owner, view.Did, audit);
        },
        ct);

    public async Task<ReturnView?> FindAsync(string owner, string id, CancellationToken ct) => await database.ReadAsync(
        db => db.FirstOrDefaultAsync<string>(
            "SELECT shown FROM account_return WHERE id = @Id AND owner = @Owner", new { Id = id, Owner = owner }), ct)
        is { } shown ? MigrationJson.Read<ReturnView>(shown) : null;

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<ReturnView>> ListAsync(string owner, CancellationToken ct) =>
        [.. (await database.ReadAsync(
            db => db.ListAsync<string>(
                "SELECT shown FROM account_return WHERE owner = @Owner ORDER BY started_at DESC, id LIMIT @Most",
                new { Owner = owner, Most = MostListed }),
            ct)).Select(MigrationJson.Read<ReturnView>)];

    /// <returns>False where there is none that is over.</returns>
    public Task<bool> ForgetAsync(string owner, string id, CancellationToken ct) => database.WriteAsync(
        async db => await db.ExecuteAsync(
            "DELETE FROM account_return WHERE id = @Id AND owner = @Owner AND ended_at IS NOT NULL", new { Id = id, Owner = owner }) > 0,
        ct);

    /// <summary>Closes those whose process has ended, and forgets what is old.</summary>
    /// <param name="isMine">Whether this process has it. One that is stored is known to its process already.</param>
    /// <param name="close">What is shown of a closed one.</param>
    public Task SweepAsync(Predicate<string> isMine, Func<ReturnView, ReturnView> close, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            var open = await db.ListAsync<Row>(
                $"SELECT id, owner, shown FROM account_return WHERE ended_at IS NULL AND (@Alone OR alive_until < now_ms()) {db.ForUpdate}",
                new { Alone = IsAlone });
            foreach (var row in open.Where(row => !isMine(row.Id)))
            {
                var closed = close(MigrationJson.Read<ReturnView>(row.Shown));
                await db.ExecuteAsync(
                    "UPDATE account_return SET shown = @Shown, ended_at = @EndedAt WHERE id = @Id",
                    new { row.Id, Shown = MigrationJson.Write(closed), EndedAt = closed.EndedAt!.Value.ToDb() });
                await Journal.AuditAsync(db, row.Owner, closed.Did, new AuditEntry(AuditEntry.Engine, "return.end", closed.ForAudit()));
            }

            await db.ExecuteAsync("DELETE FROM account_return WHERE ended_at < now_ms() - @KeptFor",
                new { KeptFor = (long)KeptFor.TotalMilliseconds });
        },
        ct);

    private sealed class Row
    {
        public string Id { get; init; } = "";

        public string Owner { get; init; } = "";

        public string Shown { get; init; } = "";
    }
}
