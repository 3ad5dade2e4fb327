using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;
using Migrator.Core.AtProto.Encoding;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Crypto;

/// <summary>
/// Tokens by which an account proves to another service that a request is its own, signed with the account's signing key.
/// A new server asks for one before it creates an account for a DID that already exists.
/// </summary>
/// <remarks>
/// Three parts of strict base64url with dots between: header, claims, 64-byte signature over the ASCII of the first two.
/// Source: https://atproto.com/specs/xrpc, "Inter-Service Authentication".
/// </remarks>
public static class ServiceJwt
{
    private const int MaxTokenLength = 8192;
    private static readonly JsonDocumentOptions StrictJson = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    /// <param name="signingKey">The key that the account's DID document names as <c>#atproto</c>.</param>
    /// <param name="issuer">The account.</param>
    /// <param name="audience">The DID of the service, bare: reference servers refuse one with a <c>#fragment</c>.</param>
    /// <param name="method">NSID of the one method the token is good for.</param>
    /// <param name="now">The clock; cut to the second.</param>
    /// <param name="life">How long it is good for, above zero. Keep it well below an hour and above the expected clock skew.</param>
    public static string Create(PrivateKey signingKey, Did issuer, string audience, string method, DateTimeOffset now, TimeSpan life)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(life, TimeSpan.Zero);
        var header = WriteJson(json =>
        {
            json.WriteString("typ", "JWT");
            json.WriteString("alg", CurveMath.Of(signingKey.Curve).JwtAlgorithm);
        });
        var claims = WriteJson(json =>
        {
            json.WriteNumber("iat", now.ToUnixTimeSeconds());
            json.WriteString("iss", issuer.ToString());
            json.WriteString("aud", audience);
            json.WriteNumber("exp", (now + life).ToUnixTimeSeconds());
            json.WriteString("lxm", method);
            json.WriteString("jti", RandomNumberGenerator.GetHexString(32, lowercase: true));
        });
        var signed = $"{Base64UrlStrict.Encode(header)}.{Base64UrlStrict.Encode(claims)}";
        return $"{signed}.{Base64UrlStrict.Encode(signingKey.Sign(System.Text.Encoding.ASCII.GetBytes(signed)))}";
    }

    /// <summary>
    /// Reads a token that was signed with the given key. False when the form, the algorithm or the signature is wrong.
    /// The caller still compares issuer, audience, method and expiry with what it wants.
    /// </summary>
    public static bool TryRead(string? token, PublicKey key, [NotNullWhen(true)] out ServiceJwtClaims? claims)
    {
        claims = null;
        if (token is null || token.Length > MaxTokenLength) return false;
        var parts = token.Split('.');
        if (parts.Length != 3) return false;
        if (!Base64UrlStrict.TryDecode(parts[0], MaxTokenLength, out var header)) return false;
        if (!Base64UrlStrict.TryDecode(parts[1], MaxTokenLength, out var body)) return false;
        if (!Base64UrlStrict.TryDecode(parts[2], CurveMath.SignatureLength, out var signature)) return false;

        var signed = System.Text.Encoding.ASCII.GetBytes(token[..token.LastIndexOf('.')]);
        if (!key.Verify(signed, signature)) return false;
        try
        {
            using var head = JsonDocument.Parse(header, StrictJson);
            using var payload = JsonDocument.Parse(body, StrictJson);
            if (Text(head.RootElement, "alg") != CurveMath.Of(key.Curve).JwtAlgorithm) return false;
            claims = ReadClaims(payload.RootElement);
            return claims is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static ServiceJwtClaims? ReadClaims(JsonElement payload)
    {
        const long lastSecond = 253_402_300_799; // of the year 9999
        if (!Did.TryParse(Text(payload, "iss"), out var issuer) || Text(payload, "aud") is not { } audience) return null;
        if (!payload.TryGetProperty("exp", out var exp) || exp.ValueKind != JsonValueKind.Number) return null;
        if (!exp.TryGetInt64(out var seconds) || seconds is < 0 or > lastSecond) return null;
        return new ServiceJwtClaims(issuer, audience, Text(payload, "lxm"), DateTimeOffset.FromUnixTimeSeconds(seconds));
    }

    private static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static ReadOnlySpan<byte> WriteJson(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan;
    }
}
