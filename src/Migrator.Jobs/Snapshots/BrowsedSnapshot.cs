using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Backups;

namespace Migrator.Jobs.Snapshots;

/// <summary>A snapshot that was opened and verified whole, while someone looks at it. Dispose it after each look.</summary>
public sealed class BrowsedSnapshot : IDisposable
{
    private readonly OpenedEntry _entry;
    private int _disposed;

    internal BrowsedSnapshot(OpenedEntry entry) => _entry = entry;

    public SnapshotManifest Manifest => _entry.Snapshot.Manifest;

    /// <summary>Who signed the manifest, and whether the signature is good.</summary>
    public ManifestSignature Signature => _entry.Snapshot.Signature;

    internal VerifiedRepo Repo => _entry.Repo;

    /// <summary>Records of one collection in path order. Reads the tree from there on only.</summary>
    /// <param name="after">Only those after this record key; null from the first.</param>
    /// <param name="most">At most so many, and one more tells that there are others.</param>
    public IReadOnlyList<RepoRecord> List(string collection, string? after, int most)
    {
        var prefix = collection + "/";
        // The smallest text that comes after a key is the key and a zero.
        var from = after is null ? prefix : $"{prefix}{after}\0";
        return [.. Repo.EnumerateRecordsFrom(from).TakeWhile(record => record.Path.StartsWith(prefix, StringComparison.Ordinal))
            .Take(most + 1)];
    }

    /// <summary>The name of the record's bytes; null where there is none at this path.</summary>
    public Cid? Find(string path)
    {
        foreach (var record in Repo.EnumerateRecordsFrom(path))
            return record.Path == path ? record.Cid : null;
        return null;
    }

    /// <summary>One record as JSON for people; null where there is none at this path.</summary>
    public string? ReadRecord(string path) => Find(path) is { } cid ? DagCborJson.ToText(Repo.ReadRecord(cid), indented: true) : null;

    /// <summary>One record as its bytes are, DAG-CBOR.</summary>
    /// <exception cref="KeyNotFoundException">The repo has no such block.</exception>
    public byte[] ReadRecord(Cid cid) => Repo.ReadRecord(cid);

    /// <summary>How many blobs records refer to.</summary>
    public int BlobCount => Repo.Blobs.Count;

    /// <summary>The blobs that records refer to, ordered by the first record that does.</summary>
    public IReadOnlyList<BlobReference> ListBlobs(int skip, int most) => [.. _entry.Blobs.Skip(skip).Take(most)];

    /// <exception cref="KeyNotFoundException">The snapshot does not have it.</exception>
    /// <exception cref="SnapshotFaultException">It is missing in the vault or damaged; may come in the middle of the stream.</exception>
    public Task<Stream> OpenBlobAsync(Cid cid, CancellationToken ct) => _entry.Snapshot.OpenBlobAsync(cid, ct);

    /// <summary>The repo as one CAR file.</summary>
    public void WriteCar(Stream destination, CancellationToken ct) => Repo.WriteFullCar(destination, ct);

    /// <summary>What changed from this snapshot to a later one of the same account.</summary>
    public SnapshotDifference CompareWith(BrowsedSnapshot later) => SnapshotDifference.Compare(Repo, later.Repo);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            _entry.Release();
    }
}
