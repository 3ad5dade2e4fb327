using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Migrator.Core.Age;

/// <summary>Seals and opens single parts of the content. A part's nonce is its number, so any part can be worked on by itself.</summary>
internal sealed class ChunkCipher(ReadOnlySpan<byte> key) : IDisposable
{
    private const int NonceLength = 12;

    private readonly ChaCha20Poly1305 _cipher = new(key);

    /// <param name="plain">The content of the part.</param>
    /// <param name="number">Of the part within the file.</param>
    /// <param name="isLast">True when the file ends with it; then it may be short.</param>
    /// <param name="into">Exactly <see cref="AgeLimits.TagLength"/> bytes longer.</param>
    public void Seal(ReadOnlySpan<byte> plain, long number, bool isLast, Span<byte> into)
    {
        Span<byte> nonce = stackalloc byte[NonceLength];
        WriteNonce(nonce, number, isLast);
        _cipher.Encrypt(nonce, plain, into[..plain.Length], into[plain.Length..]);
    }

    /// <summary>Opens a part. There may be genuine bytes and a fault behind them.</summary>
    /// <param name="chunk">The part as it stands in the file.</param>
    /// <param name="number">Of the part within the file.</param>
    /// <param name="atEnd">True when the file ends with it.</param>
    /// <param name="into">Where the content goes; long enough.</param>
    /// <param name="length">Of the content.</param>
    public AgeFaultException? Open(ReadOnlySpan<byte> chunk, long number, bool atEnd, Span<byte> into, out int length)
    {
        length = 0;
        if (chunk.Length < AgeLimits.TagLength) return Broken("it ends within a part");
        if (chunk.Length == AgeLimits.TagLength && number > 0) return Broken("its last part is empty");
        var content = chunk.Length - AgeLimits.TagLength;
        if (TryOpen(chunk, number, asLast: atEnd, into[..content]))
        {
            length = content;
            return null;
        }
        // A full part can stand where it must not. It is genuine all the same, so it counts, and what must follow or must not is the fault.
        if (chunk.Length == AgeLimits.SealedChunkLength && TryOpen(chunk, number, asLast: !atEnd, into[..content]))
        {
            length = content;
            return Broken(atEnd ? "its end is missing" : "something stands after its end");
        }
        return Broken($"part {number} was changed");
    }

    public void Dispose() => _cipher.Dispose();

    private bool TryOpen(ReadOnlySpan<byte> chunk, long number, bool asLast, Span<byte> into)
    {
        Span<byte> nonce = stackalloc byte[NonceLength];
        WriteNonce(nonce, number, asLast);
        try
        {
            _cipher.Decrypt(nonce, chunk[..into.Length], chunk[into.Length..], into);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
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
