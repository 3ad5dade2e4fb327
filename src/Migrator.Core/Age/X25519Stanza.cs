using System.Security.Cryptography;
using System.Text;

namespace Migrator.Core.Age;

/// <summary>The stanza <c>X25519</c>: a one-time public key whose secret, shared with the recipient's key, wraps the file key.</summary>
internal static class X25519Stanza
{
    public const string Type = "X25519";

    /// <summary>The one-time public key in a stanza.</summary>
    /// <exception cref="AgeFaultException">The stanza breaks the rules.</exception>
    public static byte[] ReadShare(AgeStanza stanza)
    {
        if (stanza.Arguments.Count != 2) throw Broken("has not exactly one argument");
        if (!UnpaddedBase64.TryDecode(Encoding.ASCII.GetBytes(stanza.Arguments[1]), out var share) || share.Length != LibCrypto.KeyLength)
            throw Broken("holds no public key of 32 bytes");
        return stanza.Body.Length == FileKey.WrappedLength ? share : throw Broken("does not hold a wrapped key of 32 bytes");
    }

    public static AgeStanza Make(ReadOnlySpan<byte> share, byte[] body) => new([Type, UnpaddedBase64.Encode(share)], body);

    public static void DeriveWrapKey(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> share, ReadOnlySpan<byte> recipient, Span<byte> wrapKey)
    {
        Span<byte> salt = stackalloc byte[2 * LibCrypto.KeyLength];
        share.CopyTo(salt);
        recipient.CopyTo(salt[LibCrypto.KeyLength..]);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, wrapKey, salt, "age-encryption.org/v1/X25519"u8);
    }

    public static AgeFaultException Broken(string how) => new(AgeFault.Header, $"an {Type} stanza {how}");
}
