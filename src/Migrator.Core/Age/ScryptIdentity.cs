using System.Security.Cryptography;

namespace Migrator.Core.Age;

/// <summary>A passphrase.</summary>
internal sealed class ScryptIdentity(string passphrase, int maxWorkFactor) : AgeIdentity
{
    private readonly byte[] _passphrase = ScryptStanza.Check(passphrase, maxWorkFactor);
    private bool _disposed;

    internal override FileKey? TryUnwrap(AgeStanza stanza)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (stanza.Type != ScryptStanza.Type) return null;
        var (salt, workFactor) = ScryptStanza.Read(stanza, maxWorkFactor);
        var wrapKey = ScryptStanza.DeriveWrapKey(_passphrase, salt, workFactor);
        var fileKey = FileKey.TryUnwrap(wrapKey, stanza.Body);
        CryptographicOperations.ZeroMemory(wrapKey);
        return fileKey;
    }

    private protected override void Wipe()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_passphrase);
    }
}
