using System.Security.Cryptography;

namespace Migrator.Core.Age;

/// <summary>
/// An age file whose header was opened, for reading out of the middle of its content: every 64 KiB of that are sealed by themselves. What
/// comes out is genuine and stands at its place; whether the file is whole before and behind it is not looked at. Safe for many threads.
/// </summary>
public sealed class AgeParts : IDisposable
{
    private readonly byte[] _key;
    private readonly long _start;

    /// <param name="key">Of the content.</param>
    /// <param name="start">Where the sealed content begins in the file.</param>
    internal AgeParts(byte[] key, long start) => (_key, _start) = (key, start);

    /// <summary>Reads a range of the content.</summary>
    /// <param name="open">Opens the file at a place, for so many bytes; the stream may go on behind them.</param>
    /// <param name="fileLength">Bytes of the whole file.</param>
    /// <param name="offset">Where the range begins in the content.</param>
    /// <param name="length">1 or more. Memory grows with it.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="AgeFaultException">The bytes there are damaged, or end before the range does.</exception>
    public async Task<byte[]> ReadAsync(
        Func<long, int, CancellationToken, Task<Stream>> open, long fileLength, long offset, int length, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        var first = offset / AgeLimits.ChunkLength;
        var chunks = (int)((offset + length - 1) / AgeLimits.ChunkLength - first) + 1;
        var from = _start + first * AgeLimits.SealedChunkLength;
        var wanted = (int)Math.Clamp(fileLength - from, 0, (long)chunks * AgeLimits.SealedChunkLength);
        var skipped = (int)(offset - first * AgeLimits.ChunkLength);
        using var batch = new ChunkBatch(_key, chunks);
        var stored = await open(from, wanted, cancel).ConfigureAwait(false);
        await using (stored.ConfigureAwait(false))
        {
            batch.SealedLength = await stored.ReadAtLeastAsync(batch.Sealed.AsMemory(0, wanted), wanted, throwOnEndOfStream: false, cancel)
                .ConfigureAwait(false);
        }
        batch.Open(first, isLast: from + wanted >= fileLength);
        return batch.PlainLength >= skipped + length
            ? batch.Plain.AsSpan(skipped, length).ToArray()
            : throw batch.Fault ?? new AgeFaultException(AgeFault.Payload, "it ends before the place that was asked for");
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_key);
}
