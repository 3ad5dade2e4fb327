using System.Security.Cryptography;

namespace Migrator.Core.Age;

/// <summary>
/// A public key, <c>age1…</c>. Whoever has it can seal, only the holder of the <see cref="X25519Identity"/> can open. Two files sealed to
/// it can't be told to have the same recipient.
/// </summary>
public sealed class X25519Recipient : AgeRecipient, IEquatable<X25519Recipient>
{
    private const string Prefix = "age";

    private readonly byte[] _key;
    private readonly string _text;

    internal X25519Recipient(byte[] key) => (_key, _text) = (key, Bech32.Encode(Prefix, key));

    internal ReadOnlySpan<byte> Key => _key;

    internal static X25519Recipient? TryRead(ReadOnlySpan<char> text) =>
        !text.ContainsAnyInRange('A', 'Z') && Bech32.TryDecode(text, out var prefix, out var key)
            && prefix == Prefix && key.Length == LibCrypto.KeyLength && IsUsable(key)
            ? new X25519Recipient(key)
            : null;

    internal override AgeStanza Wrap(FileKey fileKey)
    {
        Span<byte> once = stackalloc byte[LibCrypto.KeyLength];
        Span<byte> share = stackalloc byte[LibCrypto.KeyLength];
        Span<byte> secret = stackalloc byte[LibCrypto.KeyLength];
        Span<byte> wrapKey = stackalloc byte[LibCrypto.KeyLength];
        RandomNumberGenerator.Fill(once);
        try
        {
            LibCrypto.WritePublicKey(once, share);
            if (!LibCrypto.TryAgree(once, _key, secret)) throw new InvalidOperationException("The recipient's key is of low order.");
            X25519Stanza.DeriveWrapKey(secret, share, _key, wrapKey);
            return X25519Stanza.Make(share, fileKey.Wrap(wrapKey));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(once);
            CryptographicOperations.ZeroMemory(secret);
            CryptographicOperations.ZeroMemory(wrapKey);
        }
    }

    /// <summary>The key as it is given to others.</summary>
    public override string ToString() => _text;

    public bool Equals(X25519Recipient? other) => other is not null && _text == other._text;

    public override bool Equals(object? obj) => Equals(obj as X25519Recipient);

    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    // With a point of low order every private key shares the same secret, so that everybody could open the file.
    private static bool IsUsable(ReadOnlySpan<byte> key)
    {
        Span<byte> any = stackalloc byte[LibCrypto.KeyLength];
        any.Fill(0x55);
        Span<byte> secret = stackalloc byte[LibCrypto.KeyLength];
        return LibCrypto.TryAgree(any, key, secret);
    }
}
