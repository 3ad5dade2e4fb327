using Migrator.Core.Backups;

namespace Migrator.Jobs.Storage.Backups;

/// <summary>A snapshot as a person finds it: of which account, in which vault.</summary>
public sealed record OwnedSnapshot(string Id, string AccountId, string VaultId, string VaultName, SnapshotSummary Summary);

/// <summary>Snapshots of a person over all vaults, and what a person may change about them.</summary>
public sealed class SnapshotReads(Database database)
{
    private const int IdsAtOnce = 500;

    private const string From =
        """
        FROM backup_snapshot s JOIN backup_folder f ON f.id = s.folder_id
        JOIN backup_vault v ON v.marker_id = f.vault_id AND v.owner = @Owner
        JOIN backup_account a ON a.did = f.did AND a.owner = @Owner
        """;

    private static readonly string Columns = string.Join(
        ", ", SnapshotRow.Columns.Split(',', StringSplitOptions.TrimEntries).Select(column => "s." + column));

    /// <summary>Whole snapshots of an account, newest first.</summary>
    public Task<IReadOnlyList<OwnedSnapshot>> ListAsync(
        string owner, string accountId, DateTimeOffset? before, int limit, CancellationToken ct) =>
        QueryAsync(
            "WHERE a.id = @Id AND s.stage <> 'Writing' AND (@Before IS NULL OR s.taken_at < @Before) ORDER BY s.taken_at DESC, s.seq DESC LIMIT @Limit",
            new { Owner = owner, Id = accountId, Before = before?.ToDb(), Limit = limit },
            ct);

    public async Task<OwnedSnapshot?> FindAsync(string owner, string id, CancellationToken ct) =>
        (await QueryAsync("WHERE s.id = @Id AND s.stage <> 'Writing'", new { Owner = owner, Id = id }, ct)).FirstOrDefault();

    /// <summary>Bytes that would be free without these snapshots: of objects that no other uses, and of their manifests.</summary>
    public Task<long> OnlyUsedByAsync(IReadOnlyCollection<string> ids, CancellationToken ct) => database.ReadAsync(
        async db =>
        {
            var gone = new List<SeqRow>();
            foreach (var batch in ids.Chunk(IdsAtOnce))
            {
                gone.AddRange(await db.ListAsync<SeqRow>(
                    $"SELECT folder_id, seq, manifest_length AS length FROM backup_snapshot WHERE {db.IsOneOf("id", "@Ids")}", new { Ids = batch }));
            }

            var bytes = gone.Sum(row => row.Length);
            foreach (var folder in gone.GroupBy(row => row.FolderId))
                bytes += await OnlyUsedByAsync(db, folder.Key, folder.Select(row => row.Seq).ToHashSet());
            return bytes;
        },
        ct);

    public Task PinAsync(string owner, OwnedSnapshot snapshot, bool pinned, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            await db.ExecuteAsync(
                """
                UPDATE backup_snapshot SET pinned = @Pinned,
                  stage = CASE WHEN @Pinned AND stage = 'Deleting' THEN 'Complete' ELSE stage END,
                  deleting_since = CASE WHEN @Pinned THEN NULL ELSE deleting_since END
                WHERE id = @Id
                """,
                new { snapshot.Id, Pinned = pinned });
            await Journal.AuditAsync(db, owner, snapshot.AccountId, new AuditEntry(owner, pinned ? "snapshot.pin" : "snapshot.unpin", snapshot.Summary.Name));
        },
        ct);

    /// <summary>A person says that the account is meant to be so much smaller.</summary>
    /// <returns>Whether anything was frozen.</returns>
    public Task<bool> AcceptShrinkAsync(AlarmStore alarms, string owner, string accountId, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            var accepted = await db.ExecuteAsync(
                """
                UPDATE backup_snapshot SET shrink_accepted = @Yes
                WHERE shrunk AND NOT shrink_accepted AND folder_id IN (
                  SELECT f.id FROM backup_folder f JOIN backup_vault v ON v.marker_id = f.vault_id AND v.owner = @Owner
                  JOIN backup_account a ON a.did = f.did AND a.owner = @Owner WHERE a.id = @Id)
                """,
                new { Owner = owner, Id = accountId, Yes = true });
            await alarms.EndAsync(db, accountId, Migrator.Jobs.Backups.AlarmKind.Shrunk);
            if (accepted > 0)
                await Journal.AuditAsync(db, owner, accountId, new AuditEntry(owner, "backup.accept-shrink"));
            return accepted > 0;
        },
        ct);

    private static async Task<long> OnlyUsedByAsync(DbSession db, string folder, HashSet<long> gone)
    {
        var args = new { Folder = folder };
        var kept = (await db.ListAsync<long>("SELECT seq FROM backup_snapshot WHERE folder_id = @Folder ORDER BY seq", args))
            .Where(seq => !gone.Contains(seq)).ToArray();
        var uses = await db.ListAsync<UseRow>(
            """
            SELECT u.object_id, u.from_seq, u.to_seq, o.length FROM backup_object_use u JOIN backup_object o ON o.id = u.object_id
            WHERE u.folder_id = @Folder
            """,
            args);
        return uses.GroupBy(use => use.ObjectId).Where(use => !use.Any(range => Holds(range, kept))).Sum(use => use.First().Length);
    }

    /// <summary>Whether one of the sorted numbers lies in the range.</summary>
    private static bool Holds(UseRow range, long[] seqs)
    {
        var found = Array.BinarySearch(seqs, range.FromSeq);
        var at = found >= 0 ? found : ~found;
        return at < seqs.Length && !(seqs[at] > range.ToSeq);
    }

    private Task<IReadOnlyList<OwnedSnapshot>> QueryAsync(string where, object args, CancellationToken ct) =>
        database.ReadAsync<IReadOnlyList<OwnedSnapshot>>(
            async db =>
            {
                var rows = await db.ListAsync<Row>(
                    $"SELECT {Columns}, a.id AS account_id, v.id AS vault_id, v.name AS vault_name {From} {where}", args);
                return [.. rows.Select(row => row.ToFound())];
            },
            ct);

    private sealed class SeqRow
    {
        public string FolderId { get; init; } = "";

        public long Seq { get; init; }

        public long Length { get; init; }
    }

    private sealed class UseRow
    {
        public long ObjectId { get; init; }

        public long FromSeq { get; init; }

        public long? ToSeq { get; init; }

        public long Length { get; init; }
    }

    private sealed class Row : SnapshotRow
    {
        public string AccountId { get; init; } = "";

        public string VaultId { get; init; } = "";

        public string VaultName { get; init; } = "";

        public OwnedSnapshot ToFound() => new(Id, AccountId, VaultId, VaultName, ToSummary());
    }
}
