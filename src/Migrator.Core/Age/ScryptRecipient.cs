using System.Security.Cryptography;

namespace Migrator.Core.Age;

/// <summary>Whoever knows a passphrase.</summary>
internal sealed class ScryptRecipient(string passphrase, int workFactor) : AgeRecipient
{
    private readonly byte[] _passphrase = ScryptStanza.Check(passphrase, workFactor);

    // Else somebody who has one of the other keys could pass the file off as coming from the one who knows the passphrase.
    internal override bool MustBeAlone => true;

    internal override AgeStanza Wrap(FileKey fileKey)
    {
        var salt = RandomNumberGenerator.GetBytes(ScryptStanza.SaltLength);
        var wrapKey = ScryptStanza.DeriveWrapKey(_passphrase, salt, workFactor);
        var stanza = ScryptStanza.Make(salt, workFactor, fileKey.Wrap(wrapKey));
        CryptographicOperations.ZeroMemory(wrapKey);
        return stanza;
    }
}
