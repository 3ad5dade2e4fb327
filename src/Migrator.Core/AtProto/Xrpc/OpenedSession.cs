using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>A sign-in that has just been made.</summary>
/// <param name="Tokens">The secrets of it.</param>
/// <param name="Handle">The account's handle at this server; null when it has none that is valid.</param>
/// <param name="Email">Only for the main password.</param>
/// <param name="Active">False for a deactivated or taken-down account.</param>
/// <param name="Status">Why it is not active: <c>deactivated</c>, <c>takendown</c>, …</param>
/// <param name="IsAppPassword">
/// True when the sign-in was made with an app password, which can neither import a repo nor sign an identity change. Read from the
/// access token's scope; false when the token is opaque.
/// </param>
public sealed record OpenedSession(SessionTokens Tokens, Handle? Handle, string? Email, bool Active, string? Status, bool IsAppPassword)
{
    internal static OpenedSession Read(ReplyReader reply)
    {
        var access = reply.String("accessJwt");
        return new OpenedSession(
            new SessionTokens(reply.Did("did"), access, reply.String("refreshJwt")),
            reply.OptionalHandle("handle"),
            reply.OptionalString("email"),
            reply.Bool("active", whenAbsent: true),
            reply.OptionalString("status"),
            AccessTokenClaims.Read(access).IsAppPassword);
    }
}
