using System.Diagnostics.CodeAnalysis;

namespace Migrator.Core.Age;

/// <summary>Somebody who can open what is sealed to them: a public key, or whoever knows a passphrase.</summary>
public abstract class AgeRecipient
{
    private protected AgeRecipient()
    {
    }

    /// <summary>True when no other recipient may stand beside this one in a file.</summary>
    internal virtual bool MustBeAlone => false;

    /// <summary>Reads a public key, <c>age1…</c>, 62 characters. White space around it is ignored.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out X25519Recipient? recipient)
    {
        recipient = X25519Recipient.TryRead(text.AsSpan().Trim());
        return recipient is not null;
    }

    /// <param name="passphrase">At least one character.</param>
    /// <param name="workFactor">
    /// Base-2 logarithm of the cost of each guess, 1 to 22. Sealing and opening take 2^workFactor KiB of memory for the time of one guess:
    /// 256 MiB and about a second with 18, which the age tool writes.
    /// </param>
    public static AgeRecipient FromPassphrase(string passphrase, int workFactor = ScryptStanza.UsualWorkFactor) =>
        new ScryptRecipient(passphrase, workFactor);

    internal abstract AgeStanza Wrap(FileKey fileKey);
}
