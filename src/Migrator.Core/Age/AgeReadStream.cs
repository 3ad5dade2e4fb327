using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;

namespace Migrator.Core.Age;

/// <summary>
/// The content of an age file. Every byte that comes out is genuine, but only the end (a read of 0 bytes) says that it was all: a file
/// that was cut off gives its beginning and then throws <see cref="AgeFaultException"/>. A large file is opened by several threads, and
/// read ahead for that; memory stays the same however large it is.
/// </summary>
/// <remarks>Made by <see cref="AgeDecryptor"/>. One reader at a time. The stream it reads from stays open and is the caller's.</remarks>
public sealed class AgeReadStream : AgeStream
{
    private readonly AgeSource _source;
    private readonly byte[] _key;
    private readonly SpareBatches _spares;
    private readonly Queue<ChunkBatch> _working = new();
    private readonly Stack<ChunkBatch> _idle = new();
    private ChunkBatch? _current;
    private int _read;
    private int _extra;
    private long _next;
    private byte? _carried;
    private bool _hasBatch;
    private bool _inputEnded;
    private bool _disposed;
    private ExceptionDispatchInfo? _inputFault;

    internal AgeReadStream(AgeSource source, byte[] payloadKey, SpareBatches spares) =>
        (_source, _key, _spares) = (source, payloadKey, spares);

    public override bool CanRead => !_disposed;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return 0;
        var next = await NextBytesAsync(cancellationToken).ConfigureAwait(false);
        var count = Math.Min(buffer.Length, next.Length);
        next[..count].CopyTo(buffer);
        _read += count;
        return count;
    }

    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        while (true)
        {
            var next = await NextBytesAsync(cancellationToken).ConfigureAwait(false);
            if (next.IsEmpty) return;
            await destination.WriteAsync(next, cancellationToken).ConfigureAwait(false);
            _read += next.Length;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        foreach (var batch in _working)
        {
            await batch.Work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            batch.Dispose();
        }
        foreach (var batch in _idle) batch.Dispose();
        _current?.Dispose();
        Release();
        GC.SuppressFinalize(this);
    }

    protected override void Dispose(bool disposing)
    {
        // Threads may be at work on the buffers, so those are left to the garbage collector.
        if (disposing && !_disposed) Release();
        base.Dispose(disposing);
    }

    private void Release()
    {
        _disposed = true;
        _spares.Return(_extra);
        CryptographicOperations.ZeroMemory(_key);
    }

    /// <summary>What is in the clear and was not read yet; empty at the end of the file.</summary>
    private async ValueTask<ReadOnlyMemory<byte>> NextBytesAsync(CancellationToken cancel)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        while (true)
        {
            if (_current is { } batch)
            {
                if (_read < batch.PlainLength) return batch.Plain.AsMemory(_read, batch.PlainLength - _read);
                if (batch.Fault is not null) throw batch.Fault;
                Recycle(batch);
            }
            await StartAheadAsync(cancel).ConfigureAwait(false);
            if (_working.Count == 0)
            {
                _inputFault?.Throw();
                return default;
            }
            await _working.Peek().Work.ConfigureAwait(false);
            (_current, _read) = (_working.Dequeue(), 0);
        }
    }

    /// <summary>Reads, and sets to work, as many batches as there may be.</summary>
    private async ValueTask StartAheadAsync(CancellationToken cancel)
    {
        while (!_inputEnded && TryTakeBatch(out var batch))
        {
            try
            {
                await FillAsync(batch, cancel).ConfigureAwait(false);
                _working.Enqueue(batch);
            }
            catch (Exception fault)
            {
                // Thrown once everything before it was handed on.
                Recycle(batch);
                (_inputEnded, _inputFault) = (true, ExceptionDispatchInfo.Capture(fault));
                cancel.ThrowIfCancellationRequested();
            }
        }
    }

    private async ValueTask FillAsync(ChunkBatch batch, CancellationToken cancel)
    {
        var length = 0;
        if (_carried is { } carried) batch.Sealed[length++] = carried;
        int count;
        do
        {
            count = await _source.ReadAsync(batch.Sealed.AsMemory(length, batch.SealedCapacity + 1 - length), cancel).ConfigureAwait(false);
            length += count;
        }
        while (count > 0 && length <= batch.SealedCapacity);

        var first = _next;
        var isLast = _inputEnded = length <= batch.SealedCapacity;
        _carried = isLast ? null : batch.Sealed[batch.SealedCapacity];
        _next += batch.Chunks;
        batch.SealedLength = Math.Min(length, batch.SealedCapacity);
        if (_extra > 0) batch.Work = Task.Run(() => batch.Open(first, isLast), CancellationToken.None);
        else batch.Open(first, isLast);
    }

    /// <summary>One batch there always is, and more when the file has shown to be large and the processors are free.</summary>
    private bool TryTakeBatch([NotNullWhen(true)] out ChunkBatch? batch)
    {
        if (_idle.TryPop(out batch)) return true;
        if (_hasBatch && !(_next > ChunkBatch.MaxChunks && _spares.TryTake(ref _extra))) return false;
        _hasBatch = true;
        // Most blobs are small: the large buffers come only when they are needed.
        batch = new ChunkBatch(_key, _next == 0 ? 1 : ChunkBatch.MaxChunks);
        return true;
    }

    private void Recycle(ChunkBatch batch)
    {
        _current = null;
        if (batch.Chunks == ChunkBatch.MaxChunks)
        {
            _idle.Push(batch);
            return;
        }
        batch.Dispose();
        _hasBatch = false;
    }
}
