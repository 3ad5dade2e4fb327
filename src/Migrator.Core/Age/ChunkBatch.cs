using System.Buffers;

namespace Migrator.Core.Age;

/// <summary>
/// Some consecutive parts of the content, sealed and in the clear, and the cipher to go from one to the other. Used by one thread at a
/// time; several batches of a file may be worked on at once, because a part's nonce is its number.
/// </summary>
internal sealed class ChunkBatch : IDisposable
{
    /// <summary>Parts in a full batch: one less than a power of two, because the pool's buffers have such sizes.</summary>
    public const int MaxChunks = 15;

    private readonly ChunkCipher _cipher;
    private readonly int _chunks;
    private bool _disposed;

    public ChunkBatch(ReadOnlySpan<byte> key, int chunks)
    {
        _chunks = chunks;
        _cipher = new ChunkCipher(key);
        // Each has room for a byte of the next batch: only with that is it known that this one is not the last.
        Plain = ArrayPool<byte>.Shared.Rent((chunks * AgeLimits.ChunkLength) + 1);
        Sealed = ArrayPool<byte>.Shared.Rent((chunks * AgeLimits.SealedChunkLength) + 1);
    }

    public int Chunks => _chunks;

    public int PlainCapacity => _chunks * AgeLimits.ChunkLength;

    public int SealedCapacity => _chunks * AgeLimits.SealedChunkLength;

    public byte[] Plain { get; }

    public byte[] Sealed { get; }

    public int PlainLength { get; set; }

    public int SealedLength { get; set; }

    /// <summary>What is wrong behind the last byte in the clear, or null.</summary>
    public AgeFaultException? Fault { get; private set; }

    /// <summary>Ends when sealing or opening is done.</summary>
    public Task Work { get; set; } = Task.CompletedTask;

    /// <summary>Seals what is in the clear.</summary>
    /// <param name="first">Number of the first part within the file.</param>
    /// <param name="isLast">True when the file ends with this batch; then the last part may be short.</param>
    public void Seal(long first, bool isLast)
    {
        var (from, to) = (0, 0);
        do
        {
            var length = Math.Min(AgeLimits.ChunkLength, PlainLength - from);
            var into = Sealed.AsSpan(to, length + AgeLimits.TagLength);
            _cipher.Seal(Plain.AsSpan(from, length), first++, isLast && from + length == PlainLength, into);
            from += length;
            to += into.Length;
        }
        while (from < PlainLength);
        SealedLength = to;
    }

    /// <summary>Opens what is sealed, up to the first fault. Every byte in the clear is genuine, whatever follows it.</summary>
    /// <inheritdoc cref="Seal"/>
    public void Open(long first, bool isLast)
    {
        (PlainLength, Fault) = (0, null);
        var from = 0;
        do
        {
            var chunk = Sealed.AsSpan(from, Math.Min(AgeLimits.SealedChunkLength, SealedLength - from));
            from += chunk.Length;
            Fault = _cipher.Open(chunk, first++, isLast && from == SealedLength, Plain.AsSpan(PlainLength), out var length);
            PlainLength += length;
        }
        while (Fault is null && from < SealedLength);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _cipher.Dispose();
        ArrayPool<byte>.Shared.Return(Plain, clearArray: true);
        ArrayPool<byte>.Shared.Return(Sealed);
    }
}
