using System.Security.Cryptography;

namespace Migrator.Core.Age;

/// <summary>
/// The secret of one file: 16 random bytes that are wrapped once for each recipient, and from which the keys of header and content
/// come. Wiped on <see cref="Dispose"/>.
/// </summary>
internal sealed class FileKey : IDisposable
{
    private const int Length = 16;
    private const int DerivedLength = 32;

    /// <summary>Bytes of a wrapped file key.</summary>
    public const int WrappedLength = Length + AgeLimits.TagLength;

    // Each wrapping key is used once, so its nonce may be fixed.
    private static readonly byte[] WrapNonce = new byte[12];

    private readonly byte[] _key = GC.AllocateUninitializedArray<byte>(Length, pinned: true);

    private FileKey()
    {
    }

    public static FileKey Create()
    {
        var key = new FileKey();
        RandomNumberGenerator.Fill(key._key);
        return key;
    }

    public byte[] Wrap(ReadOnlySpan<byte> wrapKey)
    {
        var body = new byte[WrappedLength];
        using var cipher = new ChaCha20Poly1305(wrapKey);
        cipher.Encrypt(WrapNonce, _key, body.AsSpan(0, Length), body.AsSpan(Length));
        return body;
    }

    /// <summary>The file key, or null when it was not wrapped with this key.</summary>
    public static FileKey? TryUnwrap(ReadOnlySpan<byte> wrapKey, ReadOnlySpan<byte> body)
    {
        var key = new FileKey();
        try
        {
            using var cipher = new ChaCha20Poly1305(wrapKey);
            cipher.Decrypt(WrapNonce, body[..Length], body[Length..], key._key);
            return key;
        }
        catch (AuthenticationTagMismatchException)
        {
            // Meant for somebody else, which is how a reader finds its own.
            key.Dispose();
            return null;
        }
    }

    /// <summary>The authentication code of a header, over all its bytes up to and including the three dashes.</summary>
    public byte[] ComputeMac(ReadOnlySpan<byte> header)
    {
        Span<byte> key = stackalloc byte[DerivedLength];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _key, key, default, "header"u8);
        var mac = HMACSHA256.HashData(key, header);
        CryptographicOperations.ZeroMemory(key);
        return mac;
    }

    /// <summary>The key of the content. Wipe it after use.</summary>
    public byte[] DerivePayloadKey(ReadOnlySpan<byte> nonce)
    {
        var key = GC.AllocateUninitializedArray<byte>(DerivedLength, pinned: true);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _key, key, nonce, "payload"u8);
        return key;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_key);
}
