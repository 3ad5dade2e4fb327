using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Migrations;

namespace Migrator.Jobs.Storage;

public enum RequestUpdate
{
    Stored,

    /// <summary>No such migration of this owner.</summary>
    NotFound,

    /// <summary>Somebody else (another tab, another device) changed the request since it was read.</summary>
    Outdated,

    /// <summary>Another migration of the same account is under way.</summary>
    AlreadyRunning,
}

/// <summary>
/// The person's side of the tables: requests, always by owner. A change is one transaction: the request with the next version, the mark
/// that makes the engine look, the audit row and the notification.
/// </summary>
public sealed class MigrationRequests(Database database, OutboxPolicy outbox)
{
    private static readonly string FinalStates =
        string.Join(", ", Enum.GetValues<MigrationState>().Where(state => state.IsFinal()).Select(state => $"'{state}'"));

    /// <summary>Stores a draft; if this owner has a draft of the account already, that one is returned instead.</summary>
    public Task<Migration> CreateAsync(string owner, MigrationRequest request, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            var id = MigrationId.New();
            var made = await db.ExecuteAsync(
                """
                INSERT INTO migration
                  (id, owner, did, request, request_version, progress, progress_version, state, queue, created_at, updated_at)
                VALUES (@Id, @Owner, @Did, @Request, 1, @Progress, 1, 'Draft', @Queue, now_ms(), now_ms())
                ON CONFLICT DO NOTHING
                """,
                new
                {
                    Id = id.ToString(),
                    Owner = owner,
                    Did = request.Did.ToString(),
                    Request = MigrationJson.Write(request),
                    Progress = MigrationJson.Write(new MigrationProgress()),
                    Queue = QueueOf(request),
                });
            if (made == 1)
                await Journal.AuditAsync(db, owner, id, new AuditEntry(owner, "migration.create", request.Did.ToString()));
            var row = await db.SingleAsync<MigrationRow>(
                $"SELECT {MigrationRow.Columns} FROM migration WHERE owner = @Owner AND did = @Did AND state = 'Draft'",
                new { Owner = owner, Did = request.Did.ToString() });
            return row.ToMigration();
        },
        ct);

    public Task<Migration?> GetAsync(string owner, MigrationId id, CancellationToken ct) => database.ReadAsync(
        async db =>
        {
            var row = await db.FirstOrDefaultAsync<MigrationRow>(
                $"SELECT {MigrationRow.Columns} FROM migration WHERE id = @Id AND owner = @Owner",
                new { Id = id.ToString(), Owner = owner });
            return row?.ToMigration();
        },
        ct);

    /// <summary>The owner's migration of an account that is still a draft or under way.</summary>
    public Task<Migration?> FindUnfinishedAsync(string owner, Did did, CancellationToken ct) => database.ReadAsync(
        async db => (await db.FirstOrDefaultAsync<MigrationRow>(
            $"""
            SELECT {MigrationRow.Columns} FROM migration
            WHERE owner = @Owner AND did = @Did AND state NOT IN ({FinalStates}) ORDER BY running DESC, created_at DESC LIMIT 1
            """,
            new { Owner = owner, Did = did.ToString() }))?.ToMigration(),
        ct);

    /// <summary>The owner's migrations, newest first.</summary>
    public Task<IReadOnlyList<Migration>> ListAsync(string owner, CancellationToken ct) => database.ReadAsync<IReadOnlyList<Migration>>(
        async db =>
        {
            var rows = await db.ListAsync<MigrationRow>(
                $"SELECT {MigrationRow.Columns} FROM migration WHERE owner = @Owner ORDER BY created_at DESC, id", new { Owner = owner });
            return [.. rows.Select(row => row.ToMigration())];
        },
        ct);

    /// <summary>Stores a changed request if it is still at the version that was read, and makes the migration due.</summary>
    public Task<RequestUpdate> UpdateAsync(
        string owner, MigrationId id, long readVersion, MigrationRequest request, AuditEntry audit, CancellationToken ct) =>
        database.WriteAsync(db => UpdateAsync(db, owner, id, readVersion, request, audit), ct);

    private async Task<RequestUpdate> UpdateAsync(
        DbSession db, string owner, MigrationId id, long readVersion, MigrationRequest request, AuditEntry audit)
    {
        var row = await db.FirstOrDefaultAsync<RequestRow>(
            $"SELECT request_version, did, state, running FROM migration WHERE id = @Id AND owner = @Owner {db.ForUpdate}",
            new { Id = id.ToString(), Owner = owner });
        if (row is null)
            return RequestUpdate.NotFound;
        if (row.RequestVersion != readVersion)
            return RequestUpdate.Outdated;

        var state = Enum.Parse<MigrationState>(row.State);
        var wayBack = request.WayBackAt is not null;
        var running = row.Running
            || (request.StartedAt is not null && !state.IsFinal())
            || (wayBack && state is MigrationState.Completed or MigrationState.CompletedWithRemarks);
        if (running && !row.Running && await IsRunningAsync(db, id, row.Did))
            return RequestUpdate.AlreadyRunning;

        await db.ExecuteAsync(
            """
            UPDATE migration SET request = @Request, request_version = request_version + 1, queue = @Queue, running = @Running,
              way_back = @WayBack, asked = asked OR @Asked, updated_at = now_ms()
            WHERE id = @Id
            """,
            new
            {
                Id = id.ToString(),
                Request = MigrationJson.Write(request),
                Queue = QueueOf(request),
                Running = running,
                WayBack = wayBack,
                // Answers to a draft's questions give the engine nothing to do.
                Asked = request.StartedAt is not null || request.Wish != Wish.Run,
            });
        await Journal.AuditAsync(db, owner, id, audit);
        if (outbox.IsOn)
        {
            await Journal.NotifyAsync(db, owner, new Notice(
                audit.Action, id.ToString(), row.Did, request.SourceHandle?.ToString(), state, null, null, NeedsThePerson: false));
        }

        return RequestUpdate.Stored;
    }

    private static async Task<bool> IsRunningAsync(DbSession db, MigrationId id, string did)
    {
        // Two may press Start in the same moment: the second waits here for the first, and is told; the index alone would end in an error.
        if (db.Provider == DatabaseProvider.Postgres)
            await db.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended(@Did, 0))", new { Did = did });
        return await db.FirstOrDefaultAsync<long>(
            "SELECT count(*) FROM migration WHERE did = @Did AND running AND id <> @Id", new { Did = did, Id = id.ToString() }) > 0;
    }

    /// <summary>Accounts that go to one server are copied a few at a time.</summary>
    private static string QueueOf(MigrationRequest request) => (request.Target?.Pds ?? request.SourcePds).Host;

    private sealed class RequestRow
    {
        public long RequestVersion { get; init; }

        public string Did { get; init; } = "";

        public string State { get; init; } = "";

        public bool Running { get; init; }
    }
}
