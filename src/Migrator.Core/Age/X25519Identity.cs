using System.Security.Cryptography;

namespace Migrator.Core.Age;

/// <summary>
/// A private key. It leaves this type only through <see cref="RevealText"/>. Not safe to dispose while another thread opens a file.
/// </summary>
public sealed class X25519Identity : AgeIdentity
{
    private const string Prefix = "age-secret-key-";

    private readonly byte[] _key = GC.AllocateUninitializedArray<byte>(LibCrypto.KeyLength, pinned: true);
    private bool _disposed;

    private X25519Identity(ReadOnlySpan<byte> key)
    {
        key.CopyTo(_key);
        var publicKey = new byte[LibCrypto.KeyLength];
        LibCrypto.WritePublicKey(_key, publicKey);
        Recipient = new X25519Recipient(publicKey);
    }

    /// <summary>What others seal to, so that this identity can open it.</summary>
    public X25519Recipient Recipient { get; }

    /// <summary>The key itself, <c>AGE-SECRET-KEY-1…</c>. Whoever reads this text can open everything sealed to it.</summary>
    public string RevealText()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Bech32.Encode(Prefix, _key).ToUpperInvariant();
    }

    internal static X25519Identity Create()
    {
        Span<byte> key = stackalloc byte[LibCrypto.KeyLength];
        RandomNumberGenerator.Fill(key);
        var identity = new X25519Identity(key);
        CryptographicOperations.ZeroMemory(key);
        return identity;
    }

    internal static X25519Identity? TryRead(ReadOnlySpan<char> text)
    {
        if (text.ContainsAnyInRange('a', 'z') || !Bech32.TryDecode(text, out var prefix, out var key)) return null;
        var identity = prefix == Prefix && key.Length == LibCrypto.KeyLength ? new X25519Identity(key) : null;
        CryptographicOperations.ZeroMemory(key);
        return identity;
    }

    internal override FileKey? TryUnwrap(AgeStanza stanza)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (stanza.Type != X25519Stanza.Type) return null;
        var share = X25519Stanza.ReadShare(stanza);
        Span<byte> secret = stackalloc byte[LibCrypto.KeyLength];
        Span<byte> wrapKey = stackalloc byte[LibCrypto.KeyLength];
        try
        {
            if (!LibCrypto.TryAgree(_key, share, secret)) throw X25519Stanza.Broken("holds a public key of low order");
            X25519Stanza.DeriveWrapKey(secret, share, Recipient.Key, wrapKey);
            return FileKey.TryUnwrap(wrapKey, stanza.Body);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
            CryptographicOperations.ZeroMemory(wrapKey);
        }
    }

    private protected override void Wipe()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_key);
    }
}
