using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;
using Migrator.Core.AtProto.Encoding;

namespace Migrator.Core.AtProto.Crypto;

/// <summary>Public keys as JSON Web Keys (RFC 7517), the form in which servers publish what they sign with.</summary>
public static class JsonWebKeys
{
    private const int MaxKeys = 32;
    private static readonly JsonDocumentOptions StrictJson = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    /// <summary>The name of a key that follows from the key itself (RFC 7638): 43 characters.</summary>
    public static string Thumbprint(PublicKey key)
    {
        var (x, y) = key.Coordinates;
        var members = $$"""{"crv":"{{Curve(key)}}","kty":"EC","x":"{{Base64UrlStrict.Encode(x)}}","y":"{{Base64UrlStrict.Encode(y)}}"}""";
        return Base64UrlStrict.Encode(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(members)));
    }

    /// <summary>A key set, <c>{"keys":[…]}</c>, each key under its thumbprint.</summary>
    public static byte[] Write(params ReadOnlySpan<PublicKey> keys)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("keys");
            foreach (var key in keys)
            {
                var (x, y) = key.Coordinates;
                json.WriteStartObject();
                json.WriteString("kty", "EC");
                json.WriteString("crv", Curve(key));
                json.WriteString("x", Base64UrlStrict.Encode(x));
                json.WriteString("y", Base64UrlStrict.Encode(y));
                json.WriteString("use", "sig");
                json.WriteString("alg", CurveMath.Of(key.Curve).JwtAlgorithm);
                json.WriteString("kid", Thumbprint(key));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads a key set. Keys of other kinds are left out; false where it is no key set or no key is left.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> json, [NotNullWhen(true)] out IReadOnlyList<PublicKey>? keys)
    {
        keys = null;
        try
        {
            using var document = JsonDocument.Parse(json, StrictJson);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("keys", out var list)
                || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MaxKeys) return false;
            var found = new List<PublicKey>();
            foreach (var item in list.EnumerateArray())
            {
                if (TryReadKey(item, out var key)) found.Add(key);
            }
            keys = found.Count > 0 ? found : null;
            return keys is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool TryReadKey(JsonElement item, [NotNullWhen(true)] out PublicKey? key)
    {
        key = null;
        if (item.ValueKind != JsonValueKind.Object || Text(item, "kty") != "EC") return false;
        KeyCurve? curve = Text(item, "crv") switch { "P-256" => KeyCurve.P256, "secp256k1" => KeyCurve.K256, _ => null };
        return curve is { } known
            && Base64UrlStrict.TryDecode(Text(item, "x"), CurveMath.CoordinateLength, out var x)
            && Base64UrlStrict.TryDecode(Text(item, "y"), CurveMath.CoordinateLength, out var y)
            && PublicKey.TryFromCoordinates(known, x, y, out key);
    }

    private static string Curve(PublicKey key) => key.Curve == KeyCurve.P256 ? "P-256" : "secp256k1";

    private static string? Text(JsonElement item, string name) =>
        item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
