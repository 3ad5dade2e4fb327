using System.Diagnostics.CodeAnalysis;

namespace Migrator.Core.Age;

/// <summary>A secret that opens what was sealed to it: a private key or a passphrase. Wiped from memory on <see cref="Dispose"/>.</summary>
public abstract class AgeIdentity : IDisposable
{
    private protected AgeIdentity()
    {
    }

    public static X25519Identity Generate() => X25519Identity.Create();

    /// <summary>Reads a private key, <c>AGE-SECRET-KEY-1…</c>, 74 characters. White space around it is ignored.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out X25519Identity? identity)
    {
        identity = X25519Identity.TryRead(text.AsSpan().Trim());
        return identity is not null;
    }

    /// <summary>
    /// Reads an identity file as <c>age-keygen</c> writes it: one private key a line, lines that are empty or start with # are no keys.
    /// False when a line is something else or no key is there.
    /// </summary>
    public static bool TryParseFile(string? text, out IReadOnlyList<X25519Identity> identities)
    {
        var found = new List<X25519Identity>();
        identities = found;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var trimmed = line.Trim();
            if (trimmed.IsEmpty || trimmed[0] == '#') continue;
            if (X25519Identity.TryRead(trimmed) is { } identity)
            {
                found.Add(identity);
                continue;
            }
            foreach (var key in found) key.Dispose();
            found.Clear();
            return false;
        }
        return found.Count > 0;
    }

    /// <param name="passphrase">At least one character.</param>
    /// <param name="maxWorkFactor">
    /// The highest work factor that is accepted, 1 to 22. A file names its own, and opening it takes 2^workFactor KiB of memory: 1 GiB with
    /// the 20 that are usually accepted. A file that asks for more is refused before any work is done.
    /// </param>
    public static AgeIdentity FromPassphrase(string passphrase, int maxWorkFactor = ScryptStanza.UsualMaxWorkFactor) =>
        new ScryptIdentity(passphrase, maxWorkFactor);

    /// <summary>The file key, or null when the stanza is of another kind or meant for somebody else.</summary>
    /// <exception cref="AgeFaultException">The stanza is of this kind and breaks its rules.</exception>
    internal abstract FileKey? TryUnwrap(AgeStanza stanza);

    /// <summary>Names the type only, so that no log or message ever holds the secret.</summary>
    public sealed override string ToString() => GetType().Name;

    public void Dispose()
    {
        Wipe();
        GC.SuppressFinalize(this);
    }

    private protected abstract void Wipe();
}
