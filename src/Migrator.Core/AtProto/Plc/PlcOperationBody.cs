using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.AtProto.Plc;

/// <summary>
/// What an operation says about an identity: everything that becomes its DID document, and who may change it next.
/// Texts are kept exactly as they stand in the operation, because its hash covers them; nothing here is checked beyond its shape.
/// </summary>
public sealed record PlcOperationBody
{
    /// <summary>The name, in <see cref="VerificationMethods"/>, of the key that signs the repo.</summary>
    public const string SigningKeyId = "atproto";

    /// <summary>The name, in <see cref="Services"/>, of the account's PDS.</summary>
    public const string PdsServiceId = "atproto_pds";

    public const string PdsServiceType = "AtprotoPersonalDataServer";
    private const string HandlePrefix = "at://";

    /// <summary>did:key of everyone who may sign the next operation, strongest first. Old logs may hold none, or one twice.</summary>
    public required IReadOnlyList<string> RotationKeys { get; init; }

    /// <summary>did:key by name, in written order.</summary>
    public required IReadOnlyDictionary<string, string> VerificationMethods { get; init; }

    /// <summary>Other names; the first well-formed <c>at://handle</c> is the handle.</summary>
    public required IReadOnlyList<string> AlsoKnownAs { get; init; }

    /// <summary>Services by name, in written order.</summary>
    public required IReadOnlyDictionary<string, ServiceEntry> Services { get; init; }

    /// <summary>The key that signs the repo; null when none is named or it is not a key we know.</summary>
    public PublicKey? SigningKey =>
        VerificationMethods.TryGetValue(SigningKeyId, out var text) && PublicKey.TryParseDidKey(text, out var key) ? key : null;

    /// <summary>The address of the account's PDS as written; null when none is named.</summary>
    public string? PdsEndpoint =>
        Services.TryGetValue(PdsServiceId, out var service) && service.Type == PdsServiceType ? service.Endpoint : null;

    /// <summary>The claimed handle. Claimed only: it counts when the handle leads back to the DID.</summary>
    public Handle? Handle
    {
        get
        {
            foreach (var name in AlsoKnownAs)
            {
                if (TryReadHandle(name, out var handle)) return handle;
            }
            return null;
        }
    }

    /// <summary>How a handle is written in <see cref="AlsoKnownAs"/>.</summary>
    public static string HandleUri(Handle handle) => HandlePrefix + handle;

    /// <summary>True for <c>at://</c> and a handle, with nothing after it.</summary>
    public static bool TryReadHandle(string alsoKnownAs, out Handle handle)
    {
        handle = default;
        return alsoKnownAs.StartsWith(HandlePrefix, StringComparison.Ordinal)
            && Syntax.Handle.TryParse(alsoKnownAs.AsSpan(HandlePrefix.Length), out handle);
    }

    /// <summary>Where a key stands among the rotation keys, 0 the strongest; -1 when it is not among them.</summary>
    public int RankOf(PublicKey key)
    {
        for (var i = 0; i < RotationKeys.Count; i++)
        {
            if (RotationKeys[i] == key.DidKey) return i;
        }
        return -1;
    }

    /// <summary>Same content: order counts in the lists and not in the maps, as in the encoded form.</summary>
    public bool Equals(PlcOperationBody? other) =>
        other is not null
        && RotationKeys.SequenceEqual(other.RotationKeys)
        && AlsoKnownAs.SequenceEqual(other.AlsoKnownAs)
        && SameMap(VerificationMethods, other.VerificationMethods)
        && SameMap(Services, other.Services);

    public override int GetHashCode() =>
        HashCode.Combine(RotationKeys.Count, AlsoKnownAs.Count, VerificationMethods.Count, Services.Count, PdsEndpoint);

    private static bool SameMap<T>(IReadOnlyDictionary<string, T> left, IReadOnlyDictionary<string, T> right) =>
        left.Count == right.Count && left.All(p => right.TryGetValue(p.Key, out var value) && Equals(p.Value, value));
}
