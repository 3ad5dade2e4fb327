using System.Buffers;
using System.Runtime.ExceptionServices;
using Microsoft.Win32.SafeHandles;

namespace Migrator.Core.Age;

/// <summary>
/// Seals or opens one file on disk into another. What <see cref="BatchRelay"/> does, but faster: in a file every worker can read its own
/// place, so nobody waits in order to read, and a part is worked on right after it was read, while it is in the processor's cache.
/// </summary>
/// <param name="key">Of the content; the caller's.</param>
/// <param name="spares">Says how many workers there may be beside the first.</param>
/// <param name="seals">True to seal, false to open.</param>
/// <param name="source">Must be able to seek. It stands at its end afterwards.</param>
/// <param name="start">Where in the source to begin.</param>
/// <param name="destination">Written from where it stands, in order, and never more than what is before the first fault.</param>
internal sealed class FileRelay(
    byte[] key, SpareBatches spares, bool seals, FileStream source, long start, FileStream destination)
{
    private readonly SafeFileHandle _file = source.SafeFileHandle;
    private readonly int _readLength = seals ? AgeLimits.ChunkLength : AgeLimits.SealedChunkLength;
    private readonly int _writtenLength = seals ? AgeLimits.SealedChunkLength : AgeLimits.ChunkLength;
    private readonly object _order = new();
    private int _chunksAtOnce;
    private long _claimed = -1;
    private long _turn;
    private volatile bool _ended;
    private ExceptionDispatchInfo? _fault;

    /// <summary>Ends when everything was written, or with the first fault in the order of the file; nothing after it is written.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        // A guess at the size of the buffers, no more: the file may change while it is read.
        var length = RandomAccess.GetLength(_file);
        _chunksAtOnce = (int)Math.Clamp(((length - start) / _readLength) + 1, 1, ChunkBatch.MaxChunks);
        if (_chunksAtOnce < ChunkBatch.MaxChunks) Work(cancel);
        else await WorkTogetherAsync(cancel).ConfigureAwait(false);
        _fault?.Throw();
        source.Seek(0, SeekOrigin.End);
    }

    private async Task WorkTogetherAsync(CancellationToken cancel)
    {
        var extra = 0;
        try
        {
            List<Task> workers = [Task.Run(() => Work(cancel), CancellationToken.None)];
            while (workers.Count < Environment.ProcessorCount && spares.TryTake(ref extra))
                workers.Add(Task.Run(() => Work(cancel), CancellationToken.None));
            await Task.WhenAll(workers).ConfigureAwait(false);
        }
        finally
        {
            spares.Return(extra);
        }
    }

    private void Work(CancellationToken cancel)
    {
        using var cipher = new ChunkCipher(key);
        var chunk = ArrayPool<byte>.Shared.Rent(_readLength + 1);
        var result = ArrayPool<byte>.Shared.Rent(_chunksAtOnce * _writtenLength);
        try
        {
            while (!_ended) Relay(cipher, chunk, result, Interlocked.Increment(ref _claimed), cancel);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk, clearArray: seals);
            ArrayPool<byte>.Shared.Return(result, clearArray: !seals);
        }
    }

    /// <summary>Does one run of parts: the one that was claimed as number <paramref name="place"/>.</summary>
    private void Relay(ChunkCipher cipher, byte[] chunk, byte[] result, long place, CancellationToken cancel)
    {
        var length = 0;
        var isLast = false;
        Exception? fault = null;
        try
        {
            cancel.ThrowIfCancellationRequested();
            for (var number = place * _chunksAtOnce; number < (place + 1) * _chunksAtOnce && !isLast && fault is null; number++)
            {
                // One byte more than a part shows that something follows.
                var count = Read(chunk.AsSpan(0, _readLength + 1), start + (number * _readLength));
                isLast = count <= _readLength;
                fault = Work(cipher, chunk.AsSpan(0, Math.Min(count, _readLength)), number, isLast, result, ref length);
            }
        }
        catch (Exception trouble)
        {
            // It counts only if everything before it is good.
            fault = trouble;
        }
        TakeTurn(place, result.AsSpan(0, length), isLast, fault);
    }

    private Exception? Work(ChunkCipher cipher, ReadOnlySpan<byte> chunk, long number, bool isLast, byte[] result, ref int length)
    {
        if (!seals)
        {
            var fault = cipher.Open(chunk, number, isLast, result.AsSpan(length), out var opened);
            length += opened;
            return fault;
        }
        if (chunk.IsEmpty && number > 0) return new EndOfStreamException("The file became shorter while it was read.");
        cipher.Seal(chunk, number, isLast, result.AsSpan(length, chunk.Length + AgeLimits.TagLength));
        length += chunk.Length + AgeLimits.TagLength;
        return null;
    }

    private int Read(Span<byte> buffer, long position)
    {
        var length = 0;
        for (int count; length < buffer.Length; length += count)
        {
            count = RandomAccess.Read(_file, buffer[length..], position + length);
            if (count == 0) break;
        }
        return length;
    }

    /// <summary>Waits until everything before is written, and writes.</summary>
    private void TakeTurn(long place, ReadOnlySpan<byte> result, bool isLast, Exception? fault)
    {
        lock (_order)
        {
            // Whoever claimed an earlier place is at work on it, so this comes to an end.
            while (_turn != place) Monitor.Wait(_order);
            try
            {
                // What was claimed behind the end or behind a fault is nothing.
                if (_ended) return;
                destination.Write(result);
            }
            catch (Exception trouble)
            {
                fault = trouble;
            }
            finally
            {
                if (!_ended && fault is not null) _fault = ExceptionDispatchInfo.Capture(fault);
                _ended |= isLast || fault is not null;
                _turn++;
                Monitor.PulseAll(_order);
            }
        }
    }
}
