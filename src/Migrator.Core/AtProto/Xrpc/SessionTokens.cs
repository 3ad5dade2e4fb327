using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>
/// The two tokens of a sign-in: an access token (about two hours) and a refresh token (about 90 days, replaced each time it is used).
/// Whoever holds them is the account's owner to the server.
/// </summary>
public sealed record SessionTokens(Did Did, string AccessJwt, string RefreshJwt)
{
    /// <summary>Names no secret, so that a stray log line gives nothing away.</summary>
    public override string ToString() => $"session of {Did}";
}
