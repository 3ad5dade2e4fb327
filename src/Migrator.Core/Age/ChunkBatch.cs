using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Migrator.Core.Age;

/// <summary>
/// Some consecutive parts of the content, sealed and in the clear, and the cipher to go from one to the other. Used by one thread at a
/// time; several batches of a file may be worked on at once, because a part's nonce is its number.
/// </summary>
internal sealed class ChunkBatch : IDisposable
{
    /// <summary>Parts in a full batch: one less than a power of two, because the pool's buffers have such sizes.</summary>
    public const int MaxChunks = 15;

    private const int NonceLength = 12;

    private readonly ChaCha20Poly1305 _cipher;
    private readonly int _chunks;
    private bool _disposed;

    public ChunkBatch(ReadOnlySpan<byte> key, int chunks)
    {
        _chunks = chunks;
        _cipher = new ChaCha20Poly1305(key);
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
        Span<byte> nonce = stackalloc byte[NonceLength];
        var (from, to) = (0, 0);
        do
        {
            var length = Math.Min(AgeLimits.ChunkLength, PlainLength - from);
            WriteNonce(nonce, first++, isLast && from + length == PlainLength);
            var into = Sealed.AsSpan(to, length + AgeLimits.TagLength);
            _cipher.Encrypt(nonce, Plain.AsSpan(from, length), into[..length], into[length..]);
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
            Fault = OpenOne(chunk, first++, isLast && from == SealedLength);
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

    private AgeFaultException? OpenOne(ReadOnlySpan<byte> chunk, long number, bool atEnd)
    {
        if (chunk.Length < AgeLimits.TagLength) return Broken("it ends within a part");
        if (chunk.Length == AgeLimits.TagLength && number > 0) return Broken("its last part is empty");
        if (TryOpen(chunk, number, asLast: atEnd)) return null;
        // A full part can stand where it must not. It is genuine all the same, so it counts, and what must follow or must not is the fault.
        if (chunk.Length == AgeLimits.SealedChunkLength && TryOpen(chunk, number, asLast: !atEnd))
            return Broken(atEnd ? "its end is missing" : "something stands after its end");
        return Broken($"part {number} was changed");
    }

    private bool TryOpen(ReadOnlySpan<byte> chunk, long number, bool asLast)
    {
        Span<byte> nonce = stackalloc byte[NonceLength];
        WriteNonce(nonce, number, asLast);
        var length = chunk.Length - AgeLimits.TagLength;
        try
        {
            _cipher.Decrypt(nonce, chunk[..length], chunk[length..], Plain.AsSpan(PlainLength, length));
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        PlainLength += length;
        return true;
    }

    // Eleven bytes of number, of which three are always zero here, and one that is 1 for the last part.
    private static void WriteNonce(Span<byte> nonce, long number, bool isLast)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt64BigEndian(nonce[3..], number);
        nonce[^1] = isLast ? (byte)1 : (byte)0;
    }

    private static AgeFaultException Broken(string how) => new(AgeFault.Payload, how);
}
