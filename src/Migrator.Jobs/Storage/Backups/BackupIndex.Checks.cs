using Migrator.Core.Backups;

namespace Migrator.Jobs.Storage.Backups;

public sealed partial class BackupIndex
{
    public Task MarkCheckedAsync(string accountId, IReadOnlyList<ObjectCheck> checks, CancellationToken ct) => NoteAsync(
        async db =>
        {
            foreach (var check in checks)
                await MarkAsync(db, accountId, check);
            await JudgeSnapshotsAsync(db, accountId);
        },
        ct);

    private static async Task MarkAsync(DbSession db, string folder, ObjectCheck check)
    {
        var args = new
        {
            Folder = folder,
            check.Name,
            Health = check.Health.ToString(),
            Problem = check.Health == ObjectHealth.Good ? null : check.Reason ?? check.Health.ToString(),
            // Looking whether it is there does not count as reading it.
            At = check.Depth >= VerifyDepth.Stored ? check.At.ToDb() : (long?)null,
        };
        var objects = await db.ExecuteAsync(
            """
            UPDATE backup_object SET health = @Health, problem = @Problem, checked_at = coalesce(@At, checked_at)
            WHERE folder_id = @Folder AND name = @Name AND health <> 'Deleting'
            """,
            args);
        if (objects == 0)
        {
            await db.ExecuteAsync(
                """
                UPDATE backup_snapshot SET manifest_problem = @Problem, manifest_checked = coalesce(@At, manifest_checked)
                WHERE folder_id = @Folder AND name = @Name
                """,
                args);
        }
    }

    /// <summary>Damage and age of the last look of every snapshot, from those of the objects it uses.</summary>
    private static async Task JudgeSnapshotsAsync(DbSession db, string folder)
    {
        var snapshots = await db.ListAsync<SnapshotRow>(
            $"SELECT {SnapshotRow.Columns} FROM backup_snapshot WHERE folder_id = @Folder AND stage <> 'Writing' ORDER BY seq",
            new { Folder = folder });
        var uses = await db.ListAsync<UseRow>(
            """
            SELECT u.from_seq, u.to_seq, o.checked_at, o.problem FROM backup_object_use u JOIN backup_object o ON o.id = u.object_id
            WHERE u.folder_id = @Folder
            """,
            new { Folder = folder });
        var oldest = snapshots.Select(row => row.ManifestChecked ?? row.TakenAt).ToArray();
        var damage = snapshots.Select(row => row.ManifestProblem).ToArray();
        var seqs = snapshots.Select(row => row.Seq).ToArray();
        foreach (var use in uses)
        {
            for (var i = FirstAtOrAfter(seqs, use.FromSeq); i < seqs.Length && !(seqs[i] > use.ToSeq); i++)
            {
                oldest[i] = Math.Min(oldest[i], use.CheckedAt);
                damage[i] ??= use.Problem;
            }
        }

        for (var i = 0; i < snapshots.Count; i++)
        {
            var verified = Math.Max(snapshots[i].VerifiedAt ?? 0, oldest[i]);
            if (verified == snapshots[i].VerifiedAt && damage[i] == snapshots[i].Damage)
                continue;
            await db.ExecuteAsync(
                "UPDATE backup_snapshot SET verified_at = @Verified, damage = @Damage WHERE folder_id = @Folder AND seq = @Seq",
                new { Folder = folder, Seq = seqs[i], Verified = verified, Damage = damage[i] });
        }
    }

    private static int FirstAtOrAfter(long[] seqs, long seq)
    {
        var found = Array.BinarySearch(seqs, seq);
        return found >= 0 ? found : ~found;
    }

    private sealed class UseRow
    {
        public long FromSeq { get; init; }

        public long? ToSeq { get; init; }

        public long CheckedAt { get; init; }

        public string? Problem { get; init; }
    }
}
