using System.Buffers;
using System.Buffers.Binary;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// Carries the records of one subtree from the worker that checks it to the one who listens, in order. When the listener is far
/// behind, the worker waits; when too much waits in all feeds together, this one carries no more.
/// </summary>
internal sealed class RecordFeed(RecordBacklog backlog)
{
    private const int SegmentBytes = 64 * 1024;
    private const int MaxSegments = 64;
    private const int LengthBytes = 2;

    private readonly Queue<Segment> _segments = new();
    private bool _closed, _stopped, _cut;
    private byte[]? _segment;
    private int _filled;

    /// <summary>Worker: adds a record.</summary>
    /// <exception cref="OperationCanceledException">The listener is gone.</exception>
    public void Add(ReadOnlySpan<byte> path, in Cid cid)
    {
        var length = LengthBytes + path.Length + Cid.BinaryLength;
        if (_segment is not null && _segment.Length - _filled < length) Flush(isLast: false);
        _segment ??= ArrayPool<byte>.Shared.Rent(SegmentBytes);
        var destination = _segment.AsSpan(_filled, length);
        BinaryPrimitives.WriteUInt16LittleEndian(destination, (ushort)path.Length);
        path.CopyTo(destination[LengthBytes..]);
        cid.CopyTo(destination[(LengthBytes + path.Length)..]);
        _filled += length;
    }

    /// <summary>Worker: says that there is no more.</summary>
    /// <exception cref="OperationCanceledException">The listener is gone.</exception>
    public void Close() => Flush(isLast: true);

    /// <summary>Nobody listens or works any more: who waits, or comes later, is told by an exception.</summary>
    public void Stop()
    {
        lock (_segments)
        {
            _stopped = true;
            Monitor.PulseAll(_segments);
        }
    }

    /// <summary>The listener takes no more, and nobody is to wait for it.</summary>
    public void Cut()
    {
        lock (_segments)
        {
            _cut = true;
            foreach (var segment in _segments) Release(segment);
            _segments.Clear();
            Monitor.PulseAll(_segments);
        }
    }

    /// <summary>Listener: hands over all records until the worker closes the feed.</summary>
    /// <returns>False when it was cut: more records follow than were handed over.</returns>
    /// <exception cref="OperationCanceledException">The feed was stopped.</exception>
    public bool Deliver(RecordVisitor visitor)
    {
        while (Take() is { } segment)
        {
            var rest = segment.Bytes.AsSpan(0, segment.Count);
            while (!rest.IsEmpty)
            {
                var length = BinaryPrimitives.ReadUInt16LittleEndian(rest);
                var path = rest.Slice(LengthBytes, length);
                visitor(path, Cid.FromCheckedBinary(rest.Slice(LengthBytes + length, Cid.BinaryLength)));
                rest = rest[(LengthBytes + length + Cid.BinaryLength)..];
            }
            Release(segment);
        }
        lock (_segments) return !_cut;
    }

    private Segment? Take()
    {
        lock (_segments)
        {
            while (_segments.Count == 0 && !_closed && !_cut && !_stopped) Monitor.Wait(_segments);
            if (_stopped) throw new OperationCanceledException();
            if (_segments.Count == 0) return null;
            Monitor.PulseAll(_segments);
            return _segments.Dequeue();
        }
    }

    private void Flush(bool isLast)
    {
        lock (_segments)
        {
            while (_segments.Count == MaxSegments && !_cut && !_stopped) Monitor.Wait(_segments);
            if (_stopped) throw new OperationCanceledException();
            if (_segment is { } segment)
            {
                // Once one is left out, all that follow are: what was handed over is always the beginning.
                if (!_cut && backlog.TryAdd(segment.Length)) _segments.Enqueue(new Segment(segment, _filled));
                else
                {
                    _cut = true;
                    ArrayPool<byte>.Shared.Return(segment);
                }
            }
            _closed = isLast;
            _segment = null;
            _filled = 0;
            Monitor.PulseAll(_segments);
        }
    }

    private void Release(Segment segment)
    {
        backlog.Remove(segment.Bytes.Length);
        ArrayPool<byte>.Shared.Return(segment.Bytes);
    }

    private sealed record Segment(byte[] Bytes, int Count);
}
