using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// Carries the records of one subtree from the worker that checks it to the one who listens, in order. When the listener is far
/// behind, the worker waits.
/// </summary>
internal sealed class RecordFeed : IDisposable
{
    private const int SegmentBytes = 64 * 1024;
    private const int MaxSegments = 64;
    private const int LengthBytes = 2;

    private readonly BlockingCollection<Segment> _segments = new(MaxSegments);
    private byte[]? _segment;
    private int _filled;

    /// <summary>Worker: adds a record.</summary>
    public void Add(ReadOnlySpan<byte> path, in Cid cid, CancellationToken cancel)
    {
        var length = LengthBytes + path.Length + Cid.BinaryLength;
        if (_segment is not null && _segment.Length - _filled < length) Flush(cancel);
        _segment ??= ArrayPool<byte>.Shared.Rent(SegmentBytes);
        var destination = _segment.AsSpan(_filled, length);
        BinaryPrimitives.WriteUInt16LittleEndian(destination, (ushort)path.Length);
        path.CopyTo(destination[LengthBytes..]);
        cid.CopyTo(destination[(LengthBytes + path.Length)..]);
        _filled += length;
    }

    /// <summary>Worker: says that there is no more.</summary>
    public void Close(CancellationToken cancel)
    {
        Flush(cancel);
        _segments.CompleteAdding();
    }

    /// <summary>Listener: hands over all records until the worker closes the feed.</summary>
    public void Deliver(RecordVisitor visitor, CancellationToken cancel)
    {
        foreach (var segment in _segments.GetConsumingEnumerable(cancel))
        {
            var rest = segment.Bytes.AsSpan(0, segment.Count);
            while (!rest.IsEmpty)
            {
                var length = BinaryPrimitives.ReadUInt16LittleEndian(rest);
                var path = rest.Slice(LengthBytes, length);
                visitor(path, Cid.FromCheckedBinary(rest.Slice(LengthBytes + length, Cid.BinaryLength)));
                rest = rest[(LengthBytes + length + Cid.BinaryLength)..];
            }
            ArrayPool<byte>.Shared.Return(segment.Bytes);
        }
    }

    public void Dispose() => _segments.Dispose();

    private void Flush(CancellationToken cancel)
    {
        if (_segment is not { } segment) return;
        _segment = null;
        _segments.Add(new Segment(segment, _filled), cancel);
        _filled = 0;
    }

    private sealed record Segment(byte[] Bytes, int Count);
}
