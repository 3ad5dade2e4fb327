using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Backups;

/// <summary>What changed from one snapshot to a later one. Each list is in path order.</summary>
/// <param name="Added">Records only in the later one.</param>
/// <param name="Changed">Records in both with other content.</param>
/// <param name="Deleted">Records only in the earlier one.</param>
/// <param name="AddedBlobs">Blobs that only records of the later one refer to.</param>
/// <param name="DroppedBlobs">Blobs that only records of the earlier one refer to.</param>
public sealed record SnapshotDifference(
    IReadOnlyList<RepoRecord> Added,
    IReadOnlyList<RecordChange> Changed,
    IReadOnlyList<RepoRecord> Deleted,
    IReadOnlyList<BlobReference> AddedBlobs,
    IReadOnlyList<BlobReference> DroppedBlobs)
{
    /// <summary>Reads only those parts of the two trees that differ.</summary>
    /// <exception cref="AtProto.DagCbor.RepoFaultException">A file was changed since it was verified.</exception>
    public static SnapshotDifference Compare(VerifiedRepo earlier, VerifiedRepo later)
    {
        var records = RepoDiff.Compare(earlier, later);
        return new SnapshotDifference(
            records.Extra, records.Changed, records.Missing, Without(later.Blobs, earlier.Blobs), Without(earlier.Blobs, later.Blobs));
    }

    private static List<BlobReference> Without(IReadOnlyCollection<BlobReference> blobs, IReadOnlyCollection<BlobReference> others)
    {
        var known = others.Select(blob => blob.Cid).ToHashSet();
        return [.. blobs.Where(blob => !known.Contains(blob.Cid)).OrderBy(blob => blob.FirstPath, StringComparer.Ordinal)];
    }
}
