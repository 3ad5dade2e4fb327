using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.AtProto.Plc;

/// <summary>
/// How identities began before 2023. It is hashed and verified in this old form, and read as if it were an ordinary operation:
/// the recovery key above the signing key, both rotation keys.
/// </summary>
public sealed class PlcLegacyCreate : UnsignedPlcOperation
{
    internal const string TypeName = "create";

    private readonly string _signingKey, _recoveryKey, _handle, _service;

    /// <param name="signingKey">did:key that signs the repo.</param>
    /// <param name="recoveryKey">did:key of the stronger rotation key.</param>
    /// <param name="handle">Without <c>at://</c>.</param>
    /// <param name="service">Address of the PDS, with or without a scheme.</param>
    public PlcLegacyCreate(string signingKey, string recoveryKey, string handle, string service) : base(prev: null)
    {
        (_signingKey, _recoveryKey, _handle, _service) = (signingKey, recoveryKey, handle, service);
        Body = new PlcOperationBody
        {
            RotationKeys = [recoveryKey, signingKey],
            VerificationMethods = new Dictionary<string, string> { [PlcOperationBody.SigningKeyId] = signingKey },
            AlsoKnownAs = [WithScheme(handle, "at://", "at://")],
            Services = new Dictionary<string, ServiceEntry>
            {
                [PlcOperationBody.PdsServiceId] = new(PlcOperationBody.PdsServiceType, WithScheme(service, "https://", "http://")),
            },
        };
    }

    public override PlcOperationBody Body { get; }

    internal override IReadOnlyList<KeyValuePair<string, object?>> Fields =>
    [
        Field("type", TypeName),
        Field("signingKey", _signingKey),
        Field("recoveryKey", _recoveryKey),
        Field("handle", _handle),
        Field("service", _service),
        Field("prev", null),
    ];

    private static string WithScheme(string text, string scheme, string alsoAllowed) =>
        text.StartsWith(scheme, StringComparison.Ordinal) || text.StartsWith(alsoAllowed, StringComparison.Ordinal) ? text : scheme + text;
}
