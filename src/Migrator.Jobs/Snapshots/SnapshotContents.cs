using System.Text.Json;

namespace Migrator.Jobs.Snapshots;

// What is inside a snapshot, as the API gives it. All of it was verified when the snapshot was opened.

/// <param name="SignatureIsGood">
/// Of the manifest, by the key <paramref name="SignedBy"/>: compare that with the one that this instance publishes.
/// </param>
/// <param name="Collections">With the number of records in each, by name.</param>
/// <param name="Blobs">Files that records refer to, those among them included that the server no longer had.</param>
/// <param name="HasPreferences">They are in it.</param>
/// <param name="WhyNoPreferences">Why they are not; null when they are.</param>
public sealed record SnapshotContents(
    string Did,
    string? Handle,
    string Pds,
    DateTimeOffset TakenAt,
    string Rev,
    string Commit,
    bool SignatureIsGood,
    string SignedBy,
    long Records,
    IReadOnlyList<CollectionCount> Collections,
    int Blobs,
    bool HasPreferences,
    string? WhyNoPreferences);

public sealed record CollectionCount(string Collection, long Records);

/// <param name="Key">The record key: the part of the path after the collection.</param>
/// <param name="Cid">The name of its bytes.</param>
public sealed record RecordItem(string Path, string Key, string Cid);

/// <param name="After">Give it as <c>after</c> for the next page; null: this is the last.</param>
public sealed record RecordList(IReadOnlyList<RecordItem> Items, string? After);

/// <param name="Value">The record as JSON in the protocol's form: links as <c>$link</c>, bytes as <c>$bytes</c>.</param>
public sealed record RecordContent(string Path, string Cid, JsonElement Value);

/// <param name="MimeType">What the first record that refers to it says.</param>
/// <param name="Size">Bytes as that record says; null for the oldest form, which does not say.</param>
/// <param name="FirstPath">That record.</param>
public sealed record BlobItem(string Cid, string? MimeType, long? Size, string FirstPath);

/// <param name="Skip">Give it as <c>skip</c> for the next page; null: this is the last.</param>
public sealed record BlobList(IReadOnlyList<BlobItem> Items, int? Skip);

/// <summary>What changed from an earlier snapshot to this one. Counts are of all; the lists are one page of each.</summary>
/// <param name="Skip">Give it as <c>skip</c> for the next page; null: no list goes on.</param>
public sealed record SnapshotChanges(
    ChangeCounts Counts,
    IReadOnlyList<RecordItem> Added,
    IReadOnlyList<ChangedRecord> Changed,
    IReadOnlyList<RecordItem> Deleted,
    IReadOnlyList<BlobItem> AddedBlobs,
    IReadOnlyList<BlobItem> DroppedBlobs,
    int? Skip);

/// <param name="DroppedBlobs">Files that no record refers to any more.</param>
public sealed record ChangeCounts(int Added, int Changed, int Deleted, int AddedBlobs, int DroppedBlobs);

public sealed record ChangedRecord(string Path, string Before, string After);
