using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Migrations;

/// <summary>Between what a server recommends and what is stored of it.</summary>
public static class CredentialFacts
{
    private const string PdsService = "atproto_pds";

    public static HostCredentials ToFacts(this RecommendedCredentials recommended) => new(
        [.. recommended.RotationKeys],
        recommended.VerificationMethods.ToDictionary(),
        [.. recommended.AlsoKnownAs],
        recommended.Services.TryGetValue(PdsService, out var service)
            && Uri.TryCreate(service.Endpoint, UriKind.Absolute, out var endpoint) ? endpoint : null);

    public static RecommendedCredentials ToRecommended(this HostCredentials facts) => new(
        facts.AlsoKnownAs,
        facts.VerificationMethods.ToDictionary(),
        facts.RotationKeys,
        facts.Endpoint is { } endpoint
            ? new Dictionary<string, ServiceEntry>
            {
                [PdsService] = new("AtprotoPersonalDataServer", endpoint.GetLeftPart(UriPartial.Authority)),
            }
            : new Dictionary<string, ServiceEntry>());
}
