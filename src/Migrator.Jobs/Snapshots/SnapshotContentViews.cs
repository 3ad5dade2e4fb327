using System.Text.Json;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.Backups;

namespace Migrator.Jobs.Snapshots;

/// <summary>An opened snapshot as the API's records. Pure, but for the reading of the parts that are asked for.</summary>
public static class SnapshotContentViews
{
    /// <summary>Most entries on one page, of records, files and each list of changes.</summary>
    public const int MostOnPage = 1000;

    public static SnapshotContents Describe(this BrowsedSnapshot opened)
    {
        var manifest = opened.Manifest;
        return new SnapshotContents(
            manifest.Did.ToString(),
            manifest.Handle?.ToString(),
            manifest.Pds.Authority,
            manifest.TakenAt,
            manifest.Repo.Rev,
            manifest.Repo.Commit.ToString(),
            opened.Signature.IsGood,
            opened.Signature.Key,
            manifest.Repo.Records.Values.Sum(),
            [.. manifest.Repo.Records.OrderBy(entry => entry.Key, StringComparer.Ordinal)
                .Select(entry => new CollectionCount(entry.Key, entry.Value))],
            opened.BlobCount,
            manifest.Preferences.Value is not null,
            manifest.Preferences.Value is null ? manifest.Preferences.Reason : null);
    }

    public static RecordList RecordsOf(this BrowsedSnapshot opened, string collection, string? after, int limit)
    {
        var most = Math.Clamp(limit, 1, MostOnPage);
        var found = opened.List(collection, after, most);
        var items = found.Take(most).Select(View).ToList();
        return new RecordList(items, found.Count > most ? items[^1].Key : null);
    }

    /// <summary>Null where there is no record at this path.</summary>
    public static RecordContent? RecordAt(this BrowsedSnapshot opened, string path)
    {
        if (opened.Find(path) is not { } cid || opened.ReadRecord(path) is not { } json)
            return null;
        return new RecordContent(path, cid.ToString(), JsonElement.Parse(json));
    }

    public static BlobList BlobsOf(this BrowsedSnapshot opened, int skip, int limit)
    {
        var (start, most) = (Math.Max(0, skip), Math.Clamp(limit, 1, MostOnPage));
        var found = opened.ListBlobs(start, most + 1);
        return new BlobList([.. found.Take(most).Select(View)], found.Count > most ? start + most : null);
    }

    public static SnapshotChanges ChangesTo(this BrowsedSnapshot earlier, BrowsedSnapshot later, int skip, int limit)
    {
        var (start, most) = (Math.Max(0, skip), Math.Clamp(limit, 1, MostOnPage));
        var all = earlier.CompareWith(later);
        var counts = new ChangeCounts(
            all.Added.Count, all.Changed.Count, all.Deleted.Count, all.AddedBlobs.Count, all.DroppedBlobs.Count);
        int[] lengths = [counts.Added, counts.Changed, counts.Deleted, counts.AddedBlobs, counts.DroppedBlobs];
        return new SnapshotChanges(
            counts,
            [.. all.Added.Skip(start).Take(most).Select(View)],
            [.. all.Changed.Skip(start).Take(most)
                .Select(change => new ChangedRecord(change.Path, change.First.ToString(), change.Second.ToString()))],
            [.. all.Deleted.Skip(start).Take(most).Select(View)],
            [.. all.AddedBlobs.Skip(start).Take(most).Select(View)],
            [.. all.DroppedBlobs.Skip(start).Take(most).Select(View)],
            lengths.Max() - most > start ? start + most : null);
    }

    private static RecordItem View(RepoRecord record) =>
        new(record.Path, record.Path[(record.Path.IndexOf('/') + 1)..], record.Cid.ToString());

    private static BlobItem View(BlobReference blob) => new(blob.Cid.ToString(), blob.MimeType, blob.Size, blob.FirstPath);
}
