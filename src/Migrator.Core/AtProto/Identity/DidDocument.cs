using System.Text.Json;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Identity;

/// <summary>
/// A DID document, read by the rules of AT Protocol: the handle it claims, the key that signs the repo, the server that hosts it.
/// A part that is missing or malformed is null; whether that matters is for the caller to say. Its id is the DID that was asked for.
/// </summary>
public sealed class DidDocument
{
    private const string Scheme = "at://";

    private DidDocument(Did did, JsonElement raw) => (Did, Raw) = (did, raw);

    public Did Did { get; }

    /// <summary>Everything under <c>alsoKnownAs</c> that is text, in its order.</summary>
    public IReadOnlyList<string> AlsoKnownAs { get; private init; } = [];

    /// <summary>The first entry of <see cref="AlsoKnownAs"/> that is <c>at://</c> and a handle. Only a claim until it leads back.</summary>
    public Handle? ClaimedHandle { get; private init; }

    /// <summary>The key <c>#atproto</c>.</summary>
    public PublicKey? SigningKey { get; private init; }

    /// <summary>
    /// The service <c>#atproto_pds</c>: scheme, host and port, as it must stand in the document for servers to accept it.
    /// </summary>
    public Uri? PdsEndpoint { get; private init; }

    /// <summary>The document as it came.</summary>
    public JsonElement Raw { get; }

    /// <summary>Reads a document; null when it is not one or is about another DID.</summary>
    public static DidDocument? TryRead(Did did, JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object || Text(json, "id") != did.ToString()) return null;
        var names = Items(json, "alsoKnownAs")
            .Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!).ToList();
        return new DidDocument(did, json.Clone())
        {
            AlsoKnownAs = names,
            ClaimedHandle = FindHandle(names),
            SigningKey = FindKey(did, json),
            PdsEndpoint = FindPds(did, json),
        };
    }

    // "Valid" is about the spelling only: a first handle that leads nowhere is not skipped for a second.
    private static Handle? FindHandle(List<string> names)
    {
        foreach (var name in names)
        {
            if (!name.StartsWith(Scheme, StringComparison.Ordinal)) continue;
            if (Handle.TryParse(name.AsSpan(Scheme.Length), out var handle)) return handle;
        }
        return null;
    }

    private static PublicKey? FindKey(Did did, JsonElement json)
    {
        foreach (var method in Items(json, "verificationMethod"))
        {
            if (!HasId(method, did, "#atproto") || Text(method, "controller") != did.ToString()) continue;
            return PublicKey.TryFromVerificationMethod(Text(method, "type"), Text(method, "publicKeyMultibase"), out var key) ? key : null;
        }
        return null;
    }

    private static Uri? FindPds(Did did, JsonElement json)
    {
        foreach (var service in Items(json, "service"))
        {
            if (!HasId(service, did, "#atproto_pds") || Text(service, "type") != "AtprotoPersonalDataServer") continue;
            return TryReadOrigin(Text(service, "serviceEndpoint"), out var endpoint) ? endpoint : null;
        }
        return null;
    }

    /// <summary>A web address of scheme, host and port and nothing else; a slash at the end is let pass.</summary>
    private static bool TryReadOrigin(string? text, out Uri? endpoint)
    {
        endpoint = null;
        if (text is null || text.Length > 2048 || !Uri.TryCreate(text, UriKind.Absolute, out var uri)) return false;
        if (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp) return false;
        if (uri.UserInfo.Length > 0 || uri.PathAndQuery != "/" || uri.Fragment.Length > 0) return false;
        if (text.EndsWith('?') || text.EndsWith('#')) return false;
        endpoint = new Uri(uri.GetLeftPart(UriPartial.Authority));
        return true;
    }

    private static bool HasId(JsonElement entry, Did did, string fragment) =>
        Text(entry, "id") is { } id && (id == fragment || id == did + fragment);

    private static IEnumerable<JsonElement> Items(JsonElement json, string name) =>
        json.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray()
            : Enumerable.Empty<JsonElement>();

    private static string? Text(JsonElement entry, string name) =>
        entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
