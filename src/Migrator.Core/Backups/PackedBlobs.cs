using System.Collections.Concurrent;

namespace Migrator.Core.Backups;

/// <summary>Which blobs are in good packs of a vault, and which were in packs that are good no more. Safe for many threads.</summary>
internal sealed class PackedBlobs
{
    // By the hash alone: code for keys that are text is there when the program starts, for other keys it would have to be made.
    private readonly ConcurrentDictionary<string, BlobPlace> _good = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _lost = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, StoredObject> _healed = new(StringComparer.Ordinal);

    /// <summary>Bad packs from which blobs were stored anew.</summary>
    public int Healed => _healed.Count;

    public void Load(IReadOnlyList<StoredObject> objects, IReadOnlyList<PackedBlob> packed)
    {
        var packs = objects.Where(known => known.Content.Kind == ObjectKind.Pack).ToDictionary(known => known.Name, StringComparer.Ordinal);
        foreach (var blob in packed)
        {
            if (!packs.TryGetValue(blob.Pack, out var pack)) continue;
            if (pack.Health == ObjectHealth.Good) _good[blob.Content.Sha256] = new BlobPlace(pack, blob.Offset, blob.Length);
            else if (pack.Health != ObjectHealth.Deleting) _lost[blob.Content.Sha256] = pack.Name;
        }
    }

    public BlobPlace? Find(ObjectContent content) => _good.GetValueOrDefault(content.Sha256);

    public void Add(StoredObject pack, IReadOnlyList<PackedBlob> blobs)
    {
        foreach (var blob in blobs)
        {
            _good[blob.Content.Sha256] = new BlobPlace(pack, blob.Offset, blob.Length);
            if (_lost.TryGetValue(blob.Content.Sha256, out var bad)) _healed[bad] = pack;
        }
    }
}

/// <summary>Where a blob is in a vault.</summary>
/// <param name="Object">A pack, or the blob's own object.</param>
/// <param name="Offset">In a pack: where its bytes begin there, before sealing.</param>
/// <param name="Length">Bytes of the blob.</param>
internal sealed record BlobPlace(StoredObject Object, long? Offset, long Length);
