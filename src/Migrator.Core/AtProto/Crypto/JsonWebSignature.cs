using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Migrator.Core.AtProto.Encoding;

namespace Migrator.Core.AtProto.Crypto;

/// <summary>
/// A document with a signature around it (JWS, RFC 7515) in the flattened JSON form, or read also in the compact form. Any JWS library
/// can check it. Only ES256 and ES256K are known; a header that asks for an extension (<c>crit</c>) is refused.
/// </summary>
public sealed class JsonWebSignature
{
    /// <summary>Bytes of a whole signed document; larger ones are not read.</summary>
    public const int MaxBytes = 64 << 20;

    private static readonly JsonDocumentOptions StrictJson = new() { MaxDepth = 8, AllowDuplicateProperties = false };
    private readonly byte[] _signed;
    private readonly byte[] _signature;
    private readonly string _algorithm;

    private JsonWebSignature(byte[] payload, string algorithm, string? keyId, byte[] signed, byte[] signature) =>
        (Payload, _algorithm, KeyId, _signed, _signature) = (payload, algorithm, keyId, signed, signature);

    /// <summary>What was signed. Believe it only after <see cref="IsSignedBy"/>.</summary>
    public byte[] Payload { get; }

    /// <summary>The name of the key, as the signer calls it; a claim until a key fits.</summary>
    public string? KeyId { get; }

    public bool IsSignedBy(PublicKey key) =>
        CurveMath.Of(key.Curve).JwtAlgorithm == _algorithm && key.Verify(_signed, _signature);

    /// <param name="payload">What is signed, byte for byte.</param>
    /// <param name="contentType">What the payload is, such as <c>application/json</c>.</param>
    /// <param name="key">The public half of the key that signs.</param>
    /// <param name="sign">Makes the 64-byte signature.</param>
    public static byte[] Write(ReadOnlySpan<byte> payload, string contentType, PublicKey key, Func<byte[], byte[]> sign)
    {
        var header = WriteJson(json =>
        {
            json.WriteString("alg", CurveMath.Of(key.Curve).JwtAlgorithm);
            json.WriteString("kid", JsonWebKeys.Thumbprint(key));
            json.WriteString("cty", contentType);
        });
        var (encodedHeader, encodedPayload) = (Base64UrlStrict.Encode(header), Base64UrlStrict.Encode(payload));
        var signature = sign(System.Text.Encoding.ASCII.GetBytes($"{encodedHeader}.{encodedPayload}"));
        return WriteJson(json =>
        {
            json.WriteString("payload", encodedPayload);
            json.WriteString("protected", encodedHeader);
            json.WriteString("signature", Base64UrlStrict.Encode(signature));
        });
    }

    /// <summary>Reads the form only; nothing is believed yet. False where it is no JWS of the kinds above.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> file, [NotNullWhen(true)] out JsonWebSignature? document)
    {
        document = null;
        if (file.Length > MaxBytes || !TrySplit(file, out var header, out var payload, out var signature)) return false;
        if (!Base64UrlStrict.TryDecode(header, 4096, out var headerBytes)
            || !Base64UrlStrict.TryDecode(payload, MaxBytes, out var payloadBytes)
            || !Base64UrlStrict.TryDecode(signature, CurveMath.SignatureLength, out var signatureBytes)) return false;
        if (!TryReadHeader(headerBytes, out var algorithm, out var keyId)) return false;
        var signed = System.Text.Encoding.ASCII.GetBytes($"{header}.{payload}");
        document = new JsonWebSignature(payloadBytes, algorithm, keyId, signed, signatureBytes);
        return true;
    }

    private static bool TrySplit(ReadOnlyMemory<byte> file, out string header, out string payload, out string signature)
    {
        (header, payload, signature) = ("", "", "");
        if (file.Span.TrimStart(" \t\r\n"u8).StartsWith("{"u8)) return TrySplitFlattened(file, out header, out payload, out signature);
        var parts = System.Text.Encoding.ASCII.GetString(file.Span).Trim().Split('.');
        if (parts.Length != 3) return false;
        (header, payload, signature) = (parts[0], parts[1], parts[2]);
        return true;
    }

    private static bool TrySplitFlattened(ReadOnlyMemory<byte> file, out string header, out string payload, out string signature)
    {
        (header, payload, signature) = ("", "", "");
        try
        {
            using var json = JsonDocument.Parse(file, StrictJson);
            // An unprotected header could say something that nobody signed.
            if (json.RootElement.TryGetProperty("header", out _)) return false;
            (header, payload, signature) = (Text(json, "protected"), Text(json, "payload"), Text(json, "signature"));
            return header.Length > 0 && signature.Length > 0;
        }
        catch (JsonException)
        {
            return false;
        }

        static string Text(JsonDocument json, string name) =>
            json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
    }

    private static bool TryReadHeader(byte[] header, [NotNullWhen(true)] out string? algorithm, out string? keyId)
    {
        (algorithm, keyId) = (null, null);
        try
        {
            using var json = JsonDocument.Parse(header, StrictJson);
            if (json.RootElement.ValueKind != JsonValueKind.Object || json.RootElement.TryGetProperty("crit", out _)) return false;
            if (json.RootElement.TryGetProperty("kid", out var kid) && kid.ValueKind == JsonValueKind.String) keyId = kid.GetString();
            algorithm = json.RootElement.TryGetProperty("alg", out var alg) && alg.ValueKind == JsonValueKind.String ? alg.GetString() : null;
            return algorithm is "ES256" or "ES256K";
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static byte[] WriteJson(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
