using Migrator.Core.Backups;

namespace Migrator.Jobs.Storage.Backups;

public sealed partial class BackupIndex
{
    public Task<SnapshotSummary?> FindNewestAsync(string accountId, CancellationToken ct) => database.ReadAsync(
        async db => (await db.FirstOrDefaultAsync<SnapshotRow>(
            $"""
            SELECT {SnapshotRow.Columns} FROM backup_snapshot WHERE folder_id = @Folder AND stage = 'Complete'
            ORDER BY seq DESC LIMIT 1
            """,
            new { Folder = accountId }))?.ToSummary(),
        ct);

    public Task<IReadOnlyList<SnapshotSummary>> ListSnapshotsAsync(string accountId, CancellationToken ct) =>
        database.ReadAsync<IReadOnlyList<SnapshotSummary>>(
            async db =>
            {
                var rows = await db.ListAsync<SnapshotRow>(
                    $"SELECT {SnapshotRow.Columns} FROM backup_snapshot WHERE folder_id = @Folder ORDER BY taken_at DESC, seq DESC",
                    new { Folder = accountId });
                return [.. rows.Select(row => row.ToSummary())];
            },
            ct);

    public Task BeginSnapshotAsync(SnapshotSummary snapshot, IReadOnlyCollection<string> objects, CancellationToken ct) => WriteAsync(
        async db =>
        {
            var seq = await db.SingleAsync<long>(
                "UPDATE backup_folder SET last_seq = last_seq + 1 WHERE id = @AccountId RETURNING last_seq", new { snapshot.AccountId });
            var newObjects = await UseObjectsAsync(db, snapshot.AccountId, seq, objects);
            await db.ExecuteAsync(
                """
                INSERT INTO backup_snapshot (folder_id, seq, id, name, taken_at, stage, facts, new_bytes, new_objects, shrunk)
                VALUES (@Folder, @Seq, @Id, @Name, @TakenAt, @Stage, @Facts, @NewBytes, @NewObjects, @Shrunk)
                """,
                new
                {
                    Folder = snapshot.AccountId,
                    Seq = seq,
                    Id = Guid.NewGuid().ToString("N"),
                    snapshot.Name,
                    TakenAt = snapshot.TakenAt.ToDb(),
                    Stage = nameof(SnapshotStage.Writing),
                    Facts = SnapshotFacts.Write(snapshot),
                    snapshot.NewBytes,
                    NewObjects = newObjects,
                    Shrunk = snapshot.Shrink is not null,
                });
        },
        ct);

    public Task CompleteSnapshotAsync(
        string accountId, string name, long manifestLength, string manifestSha256, CancellationToken ct) => WriteAsync(
        async db =>
        {
            await db.ExecuteAsync(
                """
                UPDATE backup_snapshot SET stage = 'Complete', manifest_length = @Length, manifest_sha256 = @Sha256,
                  new_bytes = new_bytes + @Length, manifest_checked = taken_at, verified_at = taken_at
                WHERE folder_id = @Folder AND name = @Name AND stage = 'Writing'
                """,
                new { Folder = accountId, Name = name, Length = manifestLength, Sha256 = manifestSha256 });
            await CountFolderAsync(db, accountId);
        },
        ct);

    public Task RemoveSnapshotAsync(string accountId, string name, CancellationToken ct) => WriteAsync(
        async db =>
        {
            await db.ExecuteAsync(
                "DELETE FROM backup_snapshot WHERE folder_id = @Folder AND name = @Name", new { Folder = accountId, Name = name });
            await CountFolderAsync(db, accountId);
        },
        ct);

    public Task MarkDeletingAsync(string accountId, IReadOnlyList<string> names, DateTimeOffset since, CancellationToken ct) => WriteAsync(
        db => EachAsync(
            db,
            """
            UPDATE backup_snapshot SET stage = 'Deleting', deleting_since = @Since
            WHERE folder_id = @Folder AND name = @Name AND stage = 'Complete' AND NOT pinned
            """,
            names.Select(name => new { Folder = accountId, Name = name, Since = since.ToDb() })),
        ct);

    public Task<bool> IsStillDeletingAsync(string accountId, string name, CancellationToken ct) => WriteAsync(
        async db => await db.SingleAsync<long>(
            """
            SELECT count(*) FROM backup_snapshot WHERE folder_id = @Folder AND name = @Name AND stage = 'Deleting' AND NOT pinned
            """,
            new { Folder = accountId, Name = name }) == 1,
        ct);

    public Task UnmarkDeletingAsync(string accountId, IReadOnlyList<string> names, CancellationToken ct) => WriteAsync(
        db => EachAsync(
            db,
            """
            UPDATE backup_snapshot SET stage = 'Complete', deleting_since = NULL
            WHERE folder_id = @Folder AND name = @Name AND stage = 'Deleting'
            """,
            names.Select(name => new { Folder = accountId, Name = name })),
        ct);

    public Task MarkOpenedAsync(string accountId, string name, DateTimeOffset at, CancellationToken ct) => NoteAsync(
        db => db.ExecuteAsync(
            """
            UPDATE backup_snapshot SET opened_at = @At, verified_at = CASE WHEN verified_at > @At THEN verified_at ELSE @At END
            WHERE folder_id = @Folder AND name = @Name
            """,
            new { Folder = accountId, Name = name, At = at.ToDb() }),
        ct);

    private static async Task EachAsync(DbSession db, string sql, IEnumerable<object> rows)
    {
        foreach (var row in rows)
            await db.ExecuteAsync(sql, row);
    }

    /// <summary>
    /// Notes what a snapshot uses as the difference to the one before: uses that go on are left as they are.
    /// </summary>
    /// <returns>Objects that the snapshot before did not use.</returns>
    /// <exception cref="ObjectGoneException">One is unknown or being deleted.</exception>
    private static async Task<int> UseObjectsAsync(DbSession db, string folder, long seq, IReadOnlyCollection<string> objects)
    {
        var known = (await db.ListAsync<UsableRow>(
            $"SELECT id, name, health FROM backup_object WHERE folder_id = @Folder {db.ForUpdate}", new { Folder = folder }))
            .ToDictionary(row => row.Name, StringComparer.Ordinal);
        var needed = new HashSet<long>(objects.Count);
        foreach (var name in objects)
        {
            if (!known.TryGetValue(name, out var row) || row.Health == nameof(ObjectHealth.Deleting))
                throw new ObjectGoneException(name);
            needed.Add(row.Id);
        }

        var open = await db.ListAsync<long>(
            "SELECT object_id FROM backup_object_use WHERE folder_id = @Folder AND to_seq IS NULL", new { Folder = folder });
        await EachAsync(
            db,
            "UPDATE backup_object_use SET to_seq = @Last WHERE object_id = @Id AND to_seq IS NULL",
            open.Where(id => !needed.Contains(id)).Select(id => new { Last = seq - 1, Id = id }));
        needed.ExceptWith(open);
        await EachAsync(
            db,
            "INSERT INTO backup_object_use (folder_id, object_id, from_seq) VALUES (@Folder, @Id, @Seq)",
            needed.Select(id => new { Folder = folder, Id = id, Seq = seq }));
        return needed.Count;
    }

    private sealed class UsableRow
    {
        public long Id { get; init; }

        public string Name { get; init; } = "";

        public string Health { get; init; } = "";
    }
}
