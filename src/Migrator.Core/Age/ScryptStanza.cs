using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Migrator.Core.Age;

/// <summary>The stanza <c>scrypt</c>: salt and work factor to make a wrapping key of a passphrase. Always alone in its header.</summary>
internal static class ScryptStanza
{
    public const string Type = "scrypt";
    public const int SaltLength = 16;

    /// <summary>What the age tool writes.</summary>
    public const int UsualWorkFactor = 18;

    public const int UsualMaxWorkFactor = 20;

    /// <summary>What the age tool accepts at most: 4 GiB of memory.</summary>
    public const int MaxWorkFactor = 22;

    /// <exception cref="AgeFaultException">The stanza breaks the rules, or asks for more work than is accepted.</exception>
    public static (byte[] Salt, int WorkFactor) Read(AgeStanza stanza, int maxWorkFactor)
    {
        if (stanza.Arguments.Count != 3) throw Broken("has not exactly two arguments");
        if (!UnpaddedBase64.TryDecode(Encoding.ASCII.GetBytes(stanza.Arguments[1]), out var salt) || salt.Length != SaltLength)
            throw Broken("holds no salt of 16 bytes");
        var digits = stanza.Arguments[2];
        if (digits.AsSpan().ContainsAnyExceptInRange('0', '9') || digits[0] == '0')
            throw Broken("has a work factor that is no plain number");
        var workFactor = digits.Length <= 2 ? int.Parse(digits, CultureInfo.InvariantCulture) : int.MaxValue;
        if (workFactor > maxWorkFactor) throw Broken($"asks for more work than 2^{maxWorkFactor}");
        return stanza.Body.Length == FileKey.WrappedLength ? (salt, workFactor) : throw Broken("does not hold a wrapped key of 32 bytes");
    }

    public static AgeStanza Make(ReadOnlySpan<byte> salt, int workFactor, byte[] body) =>
        new([Type, UnpaddedBase64.Encode(salt), workFactor.ToString(CultureInfo.InvariantCulture)], body);

    /// <summary>Checks a passphrase and a work factor that the program or its user chose; gives the passphrase as bytes.</summary>
    public static byte[] Check(string passphrase, int workFactor)
    {
        ArgumentException.ThrowIfNullOrEmpty(passphrase);
        ArgumentOutOfRangeException.ThrowIfLessThan(workFactor, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(workFactor, MaxWorkFactor);
        var bytes = GC.AllocateUninitializedArray<byte>(Encoding.UTF8.GetByteCount(passphrase), pinned: true);
        Encoding.UTF8.GetBytes(passphrase, bytes);
        return bytes;
    }

    /// <summary>The wrapping key. Slow, and hungry for memory, by design. Wipe it after use.</summary>
    public static byte[] DeriveWrapKey(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, int workFactor)
    {
        var key = GC.AllocateUninitializedArray<byte>(LibCrypto.KeyLength, pinned: true);
        LibCrypto.Scrypt(passphrase, [.. "age-encryption.org/v1/scrypt"u8, .. salt], workFactor, key);
        return key;
    }

    private static AgeFaultException Broken(string how) => new(AgeFault.Header, $"a {Type} stanza {how}");
}
