using Migrator.Core.Backups;

namespace Migrator.Jobs.Storage.Backups;

public sealed partial class BackupIndex
{
    private const string ObjectColumns = "id, name, kind, content, plain_length, length, sha256, generation, stored_at, health, checked_at";

    public Task<IReadOnlyList<StoredObject>> ListObjectsAsync(string accountId, CancellationToken ct) =>
        database.ReadAsync<IReadOnlyList<StoredObject>>(
            async db =>
            {
                var rows = await db.ListAsync<ObjectRow>(
                    $"SELECT {ObjectColumns} FROM backup_object WHERE folder_id = @Folder", new { Folder = accountId });
                return [.. rows.Select(row => row.ToObject())];
            },
            ct);

    public async Task AddObjectsAsync(string accountId, IReadOnlyList<StoredObject> objects, CancellationToken ct)
    {
        foreach (var batch in objects.Chunk(RowsAtOnce))
        {
            await WriteAsync(
                async db =>
                {
                    foreach (var one in batch)
                        await AddObjectAsync(db, accountId, one);
                    await CountFolderAsync(db, accountId);
                },
                ct);
        }
    }

    public Task<IReadOnlyList<StoredObject>> ClaimUnusedAsync(string accountId, DateTimeOffset storedBefore, CancellationToken ct) =>
        WriteAsync<IReadOnlyList<StoredObject>>(
            async db =>
            {
                // Used: by a snapshot of any stage within the use's range.
                var rows = await db.ListAsync<ObjectRow>(
                    $"""
                    UPDATE backup_object SET health = 'Deleting'
                    WHERE folder_id = @Folder AND (health = 'Deleting' OR (stored_at < @Before AND NOT EXISTS (
                      SELECT 1 FROM backup_object_use u JOIN backup_snapshot s
                        ON s.folder_id = u.folder_id AND s.seq >= u.from_seq AND (u.to_seq IS NULL OR s.seq <= u.to_seq)
                      WHERE u.object_id = backup_object.id)))
                    RETURNING {ObjectColumns}
                    """,
                    new { Folder = accountId, Before = storedBefore.ToDb() });
                return [.. rows.Select(row => row.ToObject())];
            },
            ct);

    public Task RemoveObjectAsync(string accountId, string name, CancellationToken ct) => WriteAsync(
        async db =>
        {
            await db.ExecuteAsync(
                "DELETE FROM backup_object WHERE folder_id = @Folder AND name = @Name", new { Folder = accountId, Name = name });
            await CountFolderAsync(db, accountId);
        },
        ct);

    private static Task AddObjectAsync(DbSession db, string folder, StoredObject one) => db.ExecuteAsync(
        """
        INSERT INTO backup_object
          (folder_id, name, kind, content, plain_length, length, sha256, generation, stored_at, health, checked_at)
        VALUES (@Folder, @Name, @Kind, @Content, @PlainLength, @Length, @Sha256, @Generation, @StoredAt, @Health, @CheckedAt)
        ON CONFLICT (folder_id, name) DO UPDATE SET kind = excluded.kind, content = excluded.content,
          plain_length = excluded.plain_length, length = excluded.length, sha256 = excluded.sha256, generation = excluded.generation,
          stored_at = excluded.stored_at, health = excluded.health, problem = NULL, checked_at = excluded.checked_at
        """,
        new
        {
            Folder = folder,
            one.Name,
            Kind = one.Content.Kind.ToString(),
            Content = one.Content.Sha256,
            one.PlainLength,
            one.Length,
            one.Sha256,
            one.Generation,
            StoredAt = one.StoredAt.ToDb(),
            Health = one.Health.ToString(),
            CheckedAt = one.CheckedAt.ToDb(),
        });

    /// <summary>Kept beside the folder, because a list of a thousand accounts must not add up millions of rows.</summary>
    private static Task CountFolderAsync(DbSession db, string folder) => db.ExecuteAsync(
        """
        UPDATE backup_folder SET
          objects = (SELECT count(*) FROM backup_object WHERE folder_id = @Folder),
          bytes = (SELECT coalesce(sum(length), 0) FROM backup_object WHERE folder_id = @Folder)
            + (SELECT coalesce(sum(manifest_length), 0) FROM backup_snapshot WHERE folder_id = @Folder)
        WHERE id = @Folder
        """,
        new { Folder = folder });

    private sealed class ObjectRow
    {
        public long Id { get; init; }

        public string Name { get; init; } = "";

        public string Kind { get; init; } = "";

        public string Content { get; init; } = "";

        public long PlainLength { get; init; }

        public long Length { get; init; }

        public string Sha256 { get; init; } = "";

        public long Generation { get; init; }

        public long StoredAt { get; init; }

        public string Health { get; init; } = "";

        public long CheckedAt { get; init; }

        public StoredObject ToObject() => new(
            Name,
            new ObjectContent(Enum.Parse<ObjectKind>(Kind), Content),
            PlainLength,
            Length,
            Sha256,
            (int)Generation,
            StoredAt.ToTime(),
            Enum.Parse<ObjectHealth>(Health),
            CheckedAt.ToTime());
    }
}
