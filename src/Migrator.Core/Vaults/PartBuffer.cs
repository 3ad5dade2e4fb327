using System.Buffers;
using System.Security.Cryptography;

namespace Migrator.Core.Vaults;

/// <summary>The bytes of one part, or of a small object. Grows as it is filled: most objects are far smaller than a part.</summary>
internal sealed class PartBuffer : IDisposable
{
    /// <summary>Bytes of a part. Stores ask for 5 MiB at least.</summary>
    public const int MaxLength = 8 << 20;

    private const int FirstLength = 256 * 1024;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(FirstLength);

    public int Length { get; private set; }

    /// <summary>Takes as many bytes as there is room for and returns their number.</summary>
    public int Take(ReadOnlySpan<byte> bytes)
    {
        var count = Math.Min(bytes.Length, MaxLength - Length);
        if (Length + count > _bytes.Length) Grow(Length + count);
        bytes[..count].CopyTo(_bytes.AsSpan(Length));
        Length += count;
        return count;
    }

    public Stream OpenRead() => new MemoryStream(_bytes, 0, Length, writable: false);

    /// <summary>
    /// As <c>Content-MD5</c> wants it. No secrecy hangs on it: it lets the store notice bytes that were damaged on the way, and buckets
    /// with object lock ask for it.
    /// </summary>
    public string Md5() => Convert.ToBase64String(MD5.HashData(_bytes.AsSpan(0, Length)));

    public void Dispose()
    {
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    private void Grow(int needed)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(MaxLength, Math.Max(needed, 2 * _bytes.Length)));
        _bytes.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
