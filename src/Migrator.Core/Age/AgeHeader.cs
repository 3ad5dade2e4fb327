using System.Security.Cryptography;
using System.Text;

namespace Migrator.Core.Age;

/// <summary>The beginning of an age file: who can open it, and a code that shows whether it was changed.</summary>
/// <param name="Stanzas">One for each recipient; at least one.</param>
/// <param name="Mac">As it stands in the file.</param>
/// <param name="Authenticated">The bytes that it vouches for.</param>
internal sealed record AgeHeader(IReadOnlyList<AgeStanza> Stanzas, byte[] Mac, byte[] Authenticated)
{
    public const string VersionLine = "age-encryption.org/v1";
    public const string MacPrefix = "---";

    /// <summary>The bytes of a header for these recipients.</summary>
    public static byte[] Write(IReadOnlyCollection<AgeRecipient> recipients, FileKey fileKey)
    {
        var text = new StringBuilder(VersionLine).Append('\n');
        foreach (var recipient in recipients) recipient.Wrap(fileKey).WriteTo(text);
        text.Append(MacPrefix);
        var mac = fileKey.ComputeMac(Encoding.ASCII.GetBytes(text.ToString()));
        return Encoding.ASCII.GetBytes(text.Append(' ').Append(UnpaddedBase64.Encode(mac)).Append('\n').ToString());
    }

    /// <summary>Tries each identity on each stanza and checks the header with what comes out.</summary>
    /// <exception cref="AgeFaultException">A stanza breaks the rules, none can be opened, or the header was changed.</exception>
    public FileKey Open(IEnumerable<AgeIdentity> identities)
    {
        if (Stanzas.Count > 1 && Stanzas.Any(stanza => stanza.Type == ScryptStanza.Type))
            throw new AgeFaultException(AgeFault.Header, $"a {ScryptStanza.Type} stanza is not alone");
        foreach (var identity in identities)
        {
            foreach (var stanza in Stanzas)
            {
                if (identity.TryUnwrap(stanza) is not { } fileKey) continue;
                if (CryptographicOperations.FixedTimeEquals(fileKey.ComputeMac(Authenticated), Mac)) return fileKey;
                fileKey.Dispose();
                throw new AgeFaultException(AgeFault.HeaderMac, "its authentication code is wrong");
            }
        }
        throw new AgeFaultException(AgeFault.NoMatch, Stanzas.Count == 1 ? "it has one recipient" : $"it has {Stanzas.Count} recipients");
    }
}
