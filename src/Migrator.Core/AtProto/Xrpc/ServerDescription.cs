namespace Migrator.Core.AtProto.Xrpc;

/// <summary>What a PDS says about itself.</summary>
/// <param name="Did">The server's own DID, the audience of service tokens. Usually a did:web that need not resolve.</param>
/// <param name="AvailableUserDomains">Endings of the handles it gives out, each with its leading dot.</param>
/// <param name="InviteCodeRequired">True when making an account takes a code.</param>
/// <param name="PhoneVerificationRequired">True when it also takes a phone number.</param>
/// <param name="BlobUploadLimit">Largest blob it takes, in bytes; null when it does not say, as most do not.</param>
/// <param name="PrivacyPolicy">An https address, or null.</param>
/// <param name="Terms">An https address, or null.</param>
public sealed record ServerDescription(
    string Did, IReadOnlyList<string> AvailableUserDomains, bool InviteCodeRequired, bool PhoneVerificationRequired,
    long? BlobUploadLimit, Uri? PrivacyPolicy, Uri? Terms)
{
    internal static ServerDescription Read(ReplyReader reply)
    {
        var links = reply.OptionalObject("links");
        return new ServerDescription(
            reply.DidText("did"),
            reply.Strings("availableUserDomains"),
            reply.Bool("inviteCodeRequired"),
            reply.Bool("phoneVerificationRequired"),
            reply.OptionalLong("blobUploadLimit"),
            links?.OptionalWebAddress("privacyPolicy"),
            links?.OptionalWebAddress("termsOfService"));
    }
}
