using System.Text.Json;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Encoding;

namespace Migrator.Core.Backups;

/// <summary>
/// The bytes inside a manifest object: two lines, each ended by a line feed. The first is the manifest as JSON; the second is
/// <c>{"key":"did:key:…","sig":"…"}</c>, a signature over the first line without its line feed, in base64url.
/// </summary>
internal static class ManifestFile
{
    /// <summary>Bytes of both lines together. A manifest of 4,096 pages takes about 600 kB; preferences and logs add up to 12 MB.</summary>
    public const int MaxLength = 32 << 20;

    private const int SignatureLength = 64;

    public static byte[] Write(SnapshotManifest manifest, IManifestSigner signer)
    {
        var first = StrictJson.Write(manifest);
        var second = StrictJson.Write(new ManifestSignatureLine(signer.DidKey, Base64UrlStrict.Encode(signer.Sign(first))));
        return [.. first, (byte)'\n', .. second, (byte)'\n'];
    }

    /// <summary>Reads both lines. The signature is checked against the key that stands beside it; whose key that is, the caller judges.</summary>
    /// <exception cref="SnapshotFaultException">The bytes are not those of a manifest of this version.</exception>
    public static (SnapshotManifest Manifest, ManifestSignature Signature) Read(ReadOnlySpan<byte> bytes, string name, string accountId)
    {
        var end = bytes.IndexOf((byte)'\n');
        if (end < 0 || bytes[^1] != '\n' || bytes[(end + 1)..].IndexOf((byte)'\n') != bytes.Length - end - 2)
            throw Bad("it is not two lines");
        var first = bytes[..end];
        var version = ReadVersion(first);
        if (version > SnapshotManifest.CurrentVersion)
        {
            throw new SnapshotFaultException(SnapshotFault.NewerVersion, name,
                $"it has version {version} of the format; this program knows versions up to {SnapshotManifest.CurrentVersion}. Use a newer Migrator.");
        }
        SnapshotManifest manifest;
        ManifestSignatureLine signature;
        try
        {
            manifest = StrictJson.Read<SnapshotManifest>(first);
            signature = StrictJson.Read<ManifestSignatureLine>(bytes[(end + 1)..^1]);
        }
        catch (JsonException fault)
        {
            throw new SnapshotFaultException(SnapshotFault.BadFormat, name, $"the manifest cannot be read at {fault.Path ?? "its start"}", fault);
        }
        ManifestRules.Check(manifest, name, accountId);
        return (manifest, Verify(first, signature));

        SnapshotFaultException Bad(string detail) => new(SnapshotFault.BadFormat, name, $"the manifest cannot be read: {detail}");
    }

    /// <summary>The version stands first, so that a newer format can be told from a broken one. 1 when it cannot be found.</summary>
    private static int ReadVersion(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject
                && reader.Read() && reader.ValueTextEquals("version"u8)
                && reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var version)
                    ? version
                    : SnapshotManifest.CurrentVersion;
        }
        catch (JsonException)
        {
            return SnapshotManifest.CurrentVersion; // the full reading says what is wrong
        }
    }

    private static ManifestSignature Verify(ReadOnlySpan<byte> signed, ManifestSignatureLine line)
    {
        var good = PublicKey.TryParseDidKey(line.Key, out var key) && key.Curve == KeyCurve.P256
            && Base64UrlStrict.TryDecode(line.Sig, SignatureLength, out var signature) && key.Verify(signed, signature);
        return new ManifestSignature(line.Key, good);
    }
}

/// <summary>The second line.</summary>
internal sealed record ManifestSignatureLine(string Key, string Sig);

/// <summary>Who signed a manifest.</summary>
/// <param name="Key">The did:key that stands beside the signature. Anybody can write one there: compare it with one you know.</param>
/// <param name="IsGood">The signature verifies with that key.</param>
public sealed record ManifestSignature(string Key, bool IsGood);
