using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Migrator.Core.Age;

/// <summary>
/// X25519 and scrypt, which .NET does not offer, from OpenSSL 3, which .NET on Linux uses for everything else already.
/// </summary>
internal static partial class LibCrypto
{
    public const int KeyLength = 32;

    private const string Library = "libcrypto.so.3";
    private const int X25519 = 1034; // NID_X25519

    /// <summary>The public key of a private one (RFC 7748, section 6.1).</summary>
    public static void WritePublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        using var key = Check(EVP_PKEY_new_raw_private_key(X25519, 0, privateKey, KeyLength));
        nuint length = KeyLength;
        Check(EVP_PKEY_get_raw_public_key(key, publicKey[..KeyLength], ref length) == 1 && length == KeyLength);
    }

    /// <summary>
    /// The secret that two keys share. False when it is all zeros, because the other side sent a point of low order: then it is known
    /// to everybody.
    /// </summary>
    public static bool TryAgree(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> otherPublicKey, Span<byte> secret)
    {
        using var own = Check(EVP_PKEY_new_raw_private_key(X25519, 0, privateKey, KeyLength));
        using var other = Check(EVP_PKEY_new_raw_public_key(X25519, 0, otherPublicKey, KeyLength));
        using var context = Check(EVP_PKEY_CTX_new(own, 0));
        Check(EVP_PKEY_derive_init(context) == 1);
        Check(EVP_PKEY_derive_set_peer(context, other) == 1);
        nuint length = KeyLength;
        var agreed = EVP_PKEY_derive(context, secret[..KeyLength], ref length) == 1;
        if (!agreed) ERR_clear_error();
        return agreed && length == KeyLength;
    }

    /// <summary>Derives a key from a passphrase (RFC 7914) with block size 8 and no parallel lanes.</summary>
    /// <param name="passphrase">UTF-8.</param>
    /// <param name="salt">Any bytes.</param>
    /// <param name="workFactor">Base-2 logarithm of the cost, 1 to 22. Takes 2^workFactor KiB of memory.</param>
    /// <param name="key">Filled with the key.</param>
    public static void Scrypt(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, int workFactor, Span<byte> key)
    {
        const ulong blockSize = 8;
        const ulong slack = 1 << 20;
        var cost = 1UL << workFactor;
        var memory = (128 * blockSize * cost) + slack;
        Check(EVP_PBE_scrypt(
            passphrase, (nuint)passphrase.Length, salt, (nuint)salt.Length, cost, blockSize, 1, memory, key, (nuint)key.Length) == 1);
    }

    private static T Check<T>(T handle) where T : SafeHandle
    {
        Check(!handle.IsInvalid);
        return handle;
    }

    private static void Check(bool good)
    {
        if (good) return;
        // Else .NET would take our fault for one of its own later.
        ERR_clear_error();
        throw new CryptographicException("OpenSSL refused an X25519 or scrypt operation.");
    }

    [LibraryImport(Library)]
    private static partial PKey EVP_PKEY_new_raw_private_key(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Library)]
    private static partial PKey EVP_PKEY_new_raw_public_key(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_get_raw_public_key(PKey key, Span<byte> publicKey, ref nuint length);

    [LibraryImport(Library)]
    private static partial PKeyContext EVP_PKEY_CTX_new(PKey key, nint engine);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_derive_init(PKeyContext context);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_derive_set_peer(PKeyContext context, PKey peer);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_derive(PKeyContext context, Span<byte> secret, ref nuint length);

    [LibraryImport(Library)]
    private static partial int EVP_PBE_scrypt(
        ReadOnlySpan<byte> passphrase, nuint passphraseLength, ReadOnlySpan<byte> salt, nuint saltLength,
        ulong cost, ulong blockSize, ulong lanes, ulong maxMemory, Span<byte> key, nuint keyLength);

    [LibraryImport(Library)]
    private static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Library)]
    private static partial void EVP_PKEY_CTX_free(nint context);

    [LibraryImport(Library)]
    private static partial void ERR_clear_error();

    private sealed class PKey() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
    {
        protected override bool ReleaseHandle()
        {
            EVP_PKEY_free(handle);
            return true;
        }
    }

    private sealed class PKeyContext() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
    {
        protected override bool ReleaseHandle()
        {
            EVP_PKEY_CTX_free(handle);
            return true;
        }
    }
}
