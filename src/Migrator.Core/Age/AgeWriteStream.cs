using System.Security.Cryptography;

namespace Migrator.Core.Age;

/// <summary>
/// Seals what is written to it. The file is whole only after <see cref="CompleteAsync"/>: without it, as after an error, every reader
/// finds that the end is missing. A large file is sealed by several threads; memory stays the same however large it is.
/// </summary>
/// <remarks>Made by <see cref="AgeEncryptor"/>. One writer at a time. The stream it writes to stays open and is the caller's.</remarks>
public sealed class AgeWriteStream : AgeStream
{
    private readonly Stream _output;
    private readonly ArmorWriteStream? _armor;
    private readonly byte[] _key;
    private readonly SpareBatches _spares;
    private readonly Queue<ChunkBatch> _working = new();
    private ChunkBatch _filling;
    private int _extra;
    private long _next;
    private State _state;

    internal AgeWriteStream(Stream output, byte[] payloadKey, SpareBatches spares)
    {
        (_output, _armor, _key, _spares) = (output, output as ArmorWriteStream, payloadKey, spares);
        // Most blobs are small: the large buffers come only when they are needed.
        _filling = new ChunkBatch(_key, 1);
    }

    private enum State
    {
        Open,
        Broken,
        Complete,
        Disposed,
    }

    public override bool CanWrite => _state == State.Open;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Begin();
        while (!buffer.IsEmpty)
        {
            var room = await RoomAsync(cancellationToken).ConfigureAwait(false);
            var count = Math.Min(room.Length, buffer.Length);
            buffer[..count].CopyTo(room);
            _filling.PlainLength += count;
            buffer = buffer[count..];
        }
        _state = State.Open;
    }

    /// <summary>Seals what is left, marks the end and writes everything out.</summary>
    public async Task CompleteAsync(CancellationToken cancel)
    {
        Begin();
        while (_working.TryDequeue(out var batch)) await WriteOutAsync(batch, cancel).ConfigureAwait(false);
        _filling.Seal(_next, isLast: true);
        await WriteOutAsync(_filling, cancel).ConfigureAwait(false);
        if (_armor is not null) await _armor.CompleteAsync(cancel).ConfigureAwait(false);
        await _output.FlushAsync(cancel).ConfigureAwait(false);
        _state = State.Complete;
    }

    public override async ValueTask DisposeAsync()
    {
        if (_state == State.Disposed) return;
        _state = State.Disposed;
        foreach (var batch in _working)
        {
            await batch.Work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            batch.Dispose();
        }
        _filling.Dispose();
        Release();
        GC.SuppressFinalize(this);
    }

    protected override void Dispose(bool disposing)
    {
        // Threads may be at work on the buffers, so those are left to the garbage collector.
        if (disposing && _state != State.Disposed) Release();
        _state = State.Disposed;
        base.Dispose(disposing);
    }

    private void Release()
    {
        _spares.Return(_extra);
        CryptographicOperations.ZeroMemory(_key);
    }

    // Broken until the call has come to its end: what was written halfway can't be taken up again.
    private void Begin()
    {
        ObjectDisposedException.ThrowIf(_state == State.Disposed, this);
        if (_state != State.Open)
            throw new InvalidOperationException(_state == State.Complete ? "The file is complete." : "An earlier write failed.");
        _state = State.Broken;
    }

    /// <summary>Where the next bytes go; never empty.</summary>
    private async ValueTask<Memory<byte>> RoomAsync(CancellationToken cancel)
    {
        if (_filling.PlainLength > _filling.PlainCapacity) await HandOverAsync(cancel).ConfigureAwait(false);
        return _filling.Plain.AsMemory(_filling.PlainLength, _filling.PlainCapacity + 1 - _filling.PlainLength);
    }

    /// <summary>Sends a full batch on its way and begins the next one with the byte that was too much.</summary>
    private async ValueTask HandOverAsync(CancellationToken cancel)
    {
        var full = _filling;
        var first = _next;
        var extra = full.Plain[full.PlainCapacity];
        full.PlainLength = full.PlainCapacity;
        _next += full.Chunks;

        var isMore = full.Chunks == ChunkBatch.MaxChunks && _spares.TryTake(ref _extra);
        if (_extra > 0)
        {
            full.Work = Task.Run(() => full.Seal(first, isLast: false), CancellationToken.None);
            _working.Enqueue(full);
            _filling = isMore
                ? new ChunkBatch(_key, ChunkBatch.MaxChunks)
                : await WriteOutAsync(_working.Dequeue(), cancel).ConfigureAwait(false);
        }
        else
        {
            full.Seal(first, isLast: false);
            await WriteOutAsync(full, cancel).ConfigureAwait(false);
            if (full.Chunks < ChunkBatch.MaxChunks)
            {
                _filling = new ChunkBatch(_key, ChunkBatch.MaxChunks);
                full.Dispose();
            }
        }
        _filling.Plain[0] = extra;
        _filling.PlainLength = 1;
    }

    private async ValueTask<ChunkBatch> WriteOutAsync(ChunkBatch batch, CancellationToken cancel)
    {
        await batch.Work.ConfigureAwait(false);
        await _output.WriteAsync(batch.Sealed.AsMemory(0, batch.SealedLength), cancel).ConfigureAwait(false);
        return batch;
    }
}
