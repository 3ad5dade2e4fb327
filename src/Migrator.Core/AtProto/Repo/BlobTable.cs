using System.Collections;
using System.Text.Unicode;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// The distinct blobs that records refer to, each with its first reference in tree order: about 110 bytes a blob. Safe to add to
/// from many threads; the result does not depend on the order of adding.
/// </summary>
/// <remarks>
/// A path may be 1 KiB long and cost its sender a few bytes, because it shares its beginning with the one before it. So it is kept once
/// for all files of a record, and all paths together have a limit: four times what a million files of usual paths take.
/// </remarks>
internal sealed class BlobTable(int maxBlobs) : IReadOnlyCollection<BlobReference>
{
    public const int MaxPathBytes = 128 << 20;
    public const int MaxMimeTypeChars = 1 << 20;

    private const int RowsPerChunk = 512;
    private const int PathChunk = 32 * 1024;
    private const int MaxMimeTypeLength = 255;
    private const int RecentPaths = 8; // workers take turns here, each with its own record
    private const int RecentTexts = 64;
    private const int NoMimeType = -1;
    private const long NoSize = -1;

    private readonly List<Row[]> _rows = [];
    private readonly List<byte[]> _paths = [];
    private readonly List<string> _mimeTypes = [];
    private readonly Dictionary<string, int> _mimeTypeNumbers = [];
    private readonly CidTagger _tagger = new();
    private byte[] _lastMimeType = [];
    private int _lastNumber = NoMimeType;
    private int[] _slots = new int[1024]; // row number + 1, or 0 for a free place
    private int _pathEnd = PathChunk;
    private readonly (int Start, int Length)[] _recentPaths = new (int, int)[RecentPaths];
    private int _nextRecent;
    private int _mimeTypeChars;

    public int Count { get; private set; }

    /// <exception cref="RepoFaultException">There are more blobs than allowed, or what is kept of them is too long.</exception>
    public void Add(Cid cid, ReadOnlySpan<byte> mimeType, long? size, ReadOnlySpan<byte> path)
    {
        lock (_rows)
        {
            var slot = Probe(cid);
            if (_slots[slot] == 0)
            {
                if (Count == maxBlobs) throw new RepoFaultException(RepoFault.TooManyBlobs, -1, $"more than {maxBlobs}");
                if (Count % RowsPerChunk == 0) _rows.Add(new Row[RowsPerChunk]);
                _slots[slot] = ++Count;
            }
            else if (PathOf(RowAt(_slots[slot] - 1)).SequenceCompareTo(path) <= 0)
            {
                return;
            }
            RowAt(_slots[slot] - 1) = new Row
            {
                Cid = cid,
                Size = size ?? NoSize,
                MimeType = NumberOf(mimeType),
                PathStart = Keep(path),
                PathLength = path.Length,
            };
            if (Count > _slots.Length / 4 * 3) Grow();
        }
    }

    public IEnumerator<BlobReference> GetEnumerator()
    {
        // One string for one path, as far as rows of the same record lie near each other.
        var texts = new (int Start, string? Text)[RecentTexts];
        for (var i = 0; i < Count; i++) yield return Reference(i, texts);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private BlobReference Reference(int number, (int Start, string? Text)[] texts)
    {
        ref var row = ref RowAt(number);
        ref var text = ref texts[row.PathStart % texts.Length];
        if (text.Text is null || text.Start != row.PathStart) text = (row.PathStart, System.Text.Encoding.ASCII.GetString(PathOf(row)));
        return new BlobReference(
            row.Cid,
            row.MimeType == NoMimeType ? null : _mimeTypes[row.MimeType],
            row.Size == NoSize ? null : row.Size,
            text.Text!);
    }

    private ref Row RowAt(int number) => ref _rows[number / RowsPerChunk][number % RowsPerChunk];

    private ReadOnlySpan<byte> PathOf(in Row row) => PathAt(row.PathStart, row.PathLength);

    private ReadOnlySpan<byte> PathAt(int start, int length) => _paths[start / PathChunk].AsSpan(start % PathChunk, length);

    /// <summary>The place of the row with this CID, or the free one where it would go.</summary>
    private int Probe(in Cid cid)
    {
        var mask = _slots.Length - 1;
        var slot = (int)_tagger.Tag(cid) & mask;
        while (_slots[slot] != 0 && RowAt(_slots[slot] - 1).Cid != cid) slot = (slot + 1) & mask;
        return slot;
    }

    private void Grow()
    {
        _slots = new int[_slots.Length * 2];
        for (var i = 0; i < Count; i++) _slots[Probe(RowAt(i).Cid)] = i + 1;
    }

    /// <summary>There are few MIME types, so each is kept once; one that is absurdly long is not kept at all.</summary>
    private int NumberOf(ReadOnlySpan<byte> mimeType)
    {
        if (mimeType.Length > MaxMimeTypeLength) return NoMimeType;
        if (_lastNumber != NoMimeType && mimeType.SequenceEqual(_lastMimeType)) return _lastNumber;
        Span<char> text = stackalloc char[MaxMimeTypeLength];
        Utf8.ToUtf16(mimeType, text, out _, out var length);
        var name = new string(text[..length]);
        if (!_mimeTypeNumbers.TryGetValue(name, out var number))
        {
            _mimeTypeChars += length;
            if (_mimeTypeChars > MaxMimeTypeChars) throw TooMuch("media types", MaxMimeTypeChars);
            number = _mimeTypes.Count;
            _mimeTypes.Add(name);
            _mimeTypeNumbers.Add(name, number);
        }
        (_lastMimeType, _lastNumber) = (mimeType.ToArray(), number);
        return number;
    }

    private int Keep(ReadOnlySpan<byte> path)
    {
        foreach (var (start, length) in _recentPaths)
        {
            if (length == path.Length && PathAt(start, length).SequenceEqual(path)) return start;
        }
        if (PathChunk - _pathEnd < path.Length)
        {
            if (_paths.Count == MaxPathBytes / PathChunk) throw TooMuch("paths", MaxPathBytes);
            _paths.Add(new byte[PathChunk]);
            _pathEnd = 0;
        }
        path.CopyTo(_paths[^1].AsSpan(_pathEnd));
        var kept = (_paths.Count - 1) * PathChunk + _pathEnd;
        _pathEnd += path.Length;
        _recentPaths[_nextRecent++ % RecentPaths] = (kept, path.Length);
        return kept;
    }

    private static RepoFaultException TooMuch(string what, int most) =>
        new(RepoFault.TooManyBlobs, -1, $"their {what} together are more than {most} bytes");

    private struct Row
    {
        public Cid Cid;
        public long Size;
        public int MimeType;
        public int PathStart;
        public int PathLength;
    }
}
