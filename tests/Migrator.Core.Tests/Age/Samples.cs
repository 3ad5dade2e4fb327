using Migrator.Core.Age;

namespace Migrator.Core.Tests.Age;

/// <summary>Keys and files for tests of age files.</summary>
internal static class Samples
{
    /// <summary>The pair that stands in the format's description.</summary>
    public const string IdentityText = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";

    public const string RecipientText = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";

    public static readonly X25519Identity Identity = ReadIdentity(IdentityText);

    public static X25519Identity ReadIdentity(string text) =>
        AgeIdentity.TryParse(text, out var identity) ? identity : throw new ArgumentException("Not an identity.", nameof(text));

    /// <summary>Bytes that look random and are the same each time.</summary>
    public static byte[] Content(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    public static async Task<byte[]> SealAsync(byte[] content, AgeForm form, CancellationToken cancel, params AgeRecipient[] recipients)
    {
        var file = new MemoryStream();
        if (recipients.Length == 0) recipients = [Identity.Recipient];
        await AgeEncryptor.SealAsync(new MemoryStream(content), file, recipients, form, cancel);
        return file.ToArray();
    }

    /// <summary>Where the content begins: behind the line of the header that begins with three dashes.</summary>
    public static int PayloadStart(byte[] file)
    {
        var mac = file.AsSpan().IndexOf("\n--- "u8) + 1;
        return mac + file.AsSpan(mac).IndexOf((byte)'\n') + 1;
    }
}
