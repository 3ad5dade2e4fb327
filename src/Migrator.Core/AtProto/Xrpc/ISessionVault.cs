namespace Migrator.Core.AtProto.Xrpc;

/// <summary>
/// Where the tokens of one sign-in at one server are kept. A refreshed pair is written before it is used, so that a crash loses at most
/// one refresh, which the server repeats. Clients that share a vault must share the object: refreshing is single-flight per object.
/// </summary>
public interface ISessionVault
{
    /// <summary>The tokens, or null when nobody is signed in.</summary>
    ValueTask<SessionTokens?> ReadAsync(CancellationToken cancel);

    ValueTask WriteAsync(SessionTokens tokens, CancellationToken cancel);
}
