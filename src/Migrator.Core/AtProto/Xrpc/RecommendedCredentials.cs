namespace Migrator.Core.AtProto.Xrpc;

/// <summary>
/// What a PDS wants to stand in the account's DID document. Text as the server sent it; checked where an operation is built.
/// </summary>
/// <param name="AlsoKnownAs">The handle at this server as an <c>at://</c> URI.</param>
/// <param name="VerificationMethods">Names (<c>atproto</c>) to did:keys.</param>
/// <param name="RotationKeys">did:keys, strongest first; empty for a did:web account on some servers.</param>
/// <param name="Services">Names (<c>atproto_pds</c>) to services.</param>
public sealed record RecommendedCredentials(
    IReadOnlyList<string> AlsoKnownAs, IReadOnlyDictionary<string, string> VerificationMethods,
    IReadOnlyList<string> RotationKeys, IReadOnlyDictionary<string, ServiceEntry> Services)
{
    internal static RecommendedCredentials Read(ReplyReader reply)
    {
        var services = new Dictionary<string, ServiceEntry>(StringComparer.Ordinal);
        foreach (var (name, service) in reply.ObjectMap("services"))
            services[name] = new ServiceEntry(service.String("type"), service.String("endpoint"));
        return new RecommendedCredentials(
            reply.Strings("alsoKnownAs"), reply.StringMap("verificationMethods"), reply.Strings("rotationKeys"), services);
    }
}
