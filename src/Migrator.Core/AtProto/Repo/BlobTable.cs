using System.Collections;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>The distinct blobs that records refer to, each with its first reference in tree order. Safe to add to from many threads.</summary>
internal sealed class BlobTable : IReadOnlyCollection<BlobReference>
{
    private readonly Dictionary<Cid, BlobReference> _blobs = [];

    public int Count => _blobs.Count;

    public void Add(Cid cid, ReadOnlySpan<byte> mimeType, long? size, ReadOnlySpan<byte> path)
    {
        lock (_blobs)
        {
            if (_blobs.TryGetValue(cid, out var known) && string.CompareOrdinal(known.FirstPath, Text(path)) <= 0) return;
            _blobs[cid] = new BlobReference(cid, Text(mimeType), size, Text(path));
        }
    }

    public IEnumerator<BlobReference> GetEnumerator() => _blobs.Values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static string Text(ReadOnlySpan<byte> utf8) => System.Text.Encoding.UTF8.GetString(utf8);
}
