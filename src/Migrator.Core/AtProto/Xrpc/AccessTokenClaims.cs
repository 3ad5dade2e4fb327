using System.Text.Json;
using Migrator.Core.AtProto.Encoding;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>
/// What an access token says about itself. It is read without checking the signature, which only the server can do: good enough to
/// choose a time for refreshing and to tell an app password early, not to trust anybody.
/// </summary>
internal sealed record AccessTokenClaims(string? Scope, DateTimeOffset? IssuedAt, DateTimeOffset? ExpiresAt)
{
    private const int MaxPayloadBytes = 8 * 1024;

    /// <summary>True for <c>com.atproto.appPass</c> and <c>com.atproto.appPassPrivileged</c>, which may neither import nor sign.</summary>
    public bool IsAppPassword => Scope is "com.atproto.appPass" or "com.atproto.appPassPrivileged";

    /// <summary>Claims that could not be read are left null; a token may be opaque.</summary>
    public static AccessTokenClaims Read(string jwt)
    {
        var none = new AccessTokenClaims(null, null, null);
        var start = jwt.IndexOf('.') + 1;
        var end = start > 0 ? jwt.IndexOf('.', start) : -1;
        if (end < 0 || !Base64UrlStrict.TryDecode(jwt.AsSpan(start, end - start), MaxPayloadBytes, out var payload)) return none;
        try
        {
            using var json = JsonDocument.Parse(payload, new JsonDocumentOptions { MaxDepth = 8 });
            if (json.RootElement.ValueKind != JsonValueKind.Object) return none;
            var hasScope = json.RootElement.TryGetProperty("scope", out var scope) && scope.ValueKind == JsonValueKind.String;
            return new AccessTokenClaims(hasScope ? scope.GetString() : null, Moment(json.RootElement, "iat"), Moment(json.RootElement, "exp"));
        }
        catch (JsonException)
        {
            return none;
        }
    }

    private static DateTimeOffset? Moment(JsonElement payload, string name) =>
        payload.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt64(out var seconds) && seconds is >= 0 and <= 253402300799
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;
}
