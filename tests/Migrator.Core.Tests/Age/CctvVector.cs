using System.IO.Compression;
using System.Text;
using Migrator.Core.Age;

namespace Migrator.Core.Tests.Age;

/// <summary>One of the public test files for readers of age files: what comes of reading it, with which identities, and the file.</summary>
internal sealed record CctvVector(
    string Name, AgeFault? Fault, string? PayloadSha256, IReadOnlyList<AgeIdentity> Identities, AgeForm Form, byte[] File)
{
    private static readonly Dictionary<string, AgeFault?> Outcomes = new()
    {
        ["success"] = null,
        ["armor failure"] = AgeFault.Armor,
        ["header failure"] = AgeFault.Header,
        ["no match"] = AgeFault.NoMatch,
        ["HMAC failure"] = AgeFault.HeaderMac,
        ["payload failure"] = AgeFault.Payload,
    };

    /// <summary>All of them but those for hybrid (post-quantum) keys, which are not read here.</summary>
    public static IReadOnlyList<CctvVector> ReadAll() =>
    [
        .. Directory.GetFiles(TestVectors.Path("age-cctv")).Order(StringComparer.Ordinal)
            .Where(path => !Path.GetFileName(path).Contains("hybrid", StringComparison.Ordinal)).Select(Read),
    ];

    private static CctvVector Read(string path)
    {
        var all = System.IO.File.ReadAllBytes(path);
        var end = all.AsSpan().IndexOf("\n\n"u8);
        var fields = Encoding.ASCII.GetString(all, 0, end).Split('\n')
            .Select(line => line.Split(": ", 2)).ToLookup(pair => pair[0], pair => pair[1]);
        var known = new[] { "expect", "payload", "file key", "identity", "passphrase", "armored", "compressed", "comment" };
        if (fields.FirstOrDefault(field => !known.Contains(field.Key)) is { } unknown)
            throw new InvalidDataException($"{path} has the field '{unknown.Key}', of which this test knows nothing.");
        return new CctvVector(
            Path.GetFileName(path),
            Outcomes[fields["expect"].Single()],
            fields["payload"].SingleOrDefault(),
            [.. fields["identity"].Select(ReadIdentity), .. fields["passphrase"].Select(text => AgeIdentity.FromPassphrase(text))],
            fields["armored"].Any() ? AgeForm.Armored : AgeForm.Binary,
            fields["compressed"].Any() ? Unpack(all[(end + 2)..]) : all[(end + 2)..]);
    }

    private static X25519Identity ReadIdentity(string text) =>
        AgeIdentity.TryParse(text, out var identity) ? identity : throw new InvalidDataException("Not an identity.");

    private static byte[] Unpack(byte[] packed)
    {
        var file = new MemoryStream();
        using (var zlib = new ZLibStream(new MemoryStream(packed), CompressionMode.Decompress)) zlib.CopyTo(file);
        return file.ToArray();
    }
}
