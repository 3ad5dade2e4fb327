using Microsoft.Extensions.Logging;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>
/// Keeps one session alive. An expired access token is HTTP 400 <c>ExpiredToken</c> with the reference server, 401 with others.
/// Refreshing is done once however many calls fail together; the new pair is in the vault before anyone uses it.
/// </summary>
internal sealed class SessionKeeper(Uri pds, ISessionVault vault, SessionGates gates, XrpcClient client, TimeProvider time, ILogger log)
{
    /// <summary>A token with less life than this is not used for a body that can be sent only once.</summary>
    private static readonly TimeSpan Reserve = TimeSpan.FromMinutes(2);

    /// <summary>
    /// For so long the tokens are used without asking the vault again, which may mean a database and a seal. Tokens that somebody else
    /// replaced meanwhile do no harm: the server calls them old, and refreshing looks into the vault first.
    /// </summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(5);

    private volatile Recent? _recent;

    // Set by our own refreshing: when the token ends by our clock, however wrong that clock is.
    private (string AccessJwt, long ReceivedAt, TimeSpan Life)? _received;

    /// <summary>The tokens to use now; refreshed first if <paramref name="oneShot"/> and they end soon.</summary>
    public async Task<XrpcResult<SessionTokens>> CurrentAsync(XrpcCall call, bool oneShot, CancellationToken cancel)
    {
        var tokens = _recent is { } recent && time.GetElapsedTime(recent.ReadAt) < Remembered
            ? recent.Tokens
            : await vault.ReadAsync(cancel).ConfigureAwait(false);
        if (tokens is null) return XrpcErrorFactory.SessionLost(call);
        if (_recent?.Tokens != tokens) _recent = new Recent(tokens, time.GetTimestamp());
        return oneShot && EndsSoon(tokens.AccessJwt)
            ? await RefreshAsync(call, tokens, cancel).ConfigureAwait(false)
            : XrpcResult.Ok(tokens);
    }

    /// <summary>Is this the answer to an access token that refreshing could mend?</summary>
    public static bool AsksForRefresh(XrpcError error) => error switch
    {
        { Failure: not XrpcFailure.Refused } => false,
        { Name: XrpcErrorNames.ExpiredToken } => true,
        // The same name says that an app password may not do this; no refresh helps there.
        { Name: XrpcErrorNames.InvalidToken } => !error.Message.Contains("scope", StringComparison.OrdinalIgnoreCase),
        { Status: 401, Name: null or XrpcErrorNames.AuthenticationRequired } => true,
        _ => false,
    };

    /// <summary>Replaces <paramref name="stale"/>, unless another caller has done so meanwhile; gives the pair to use.</summary>
    public async Task<XrpcResult<SessionTokens>> RefreshAsync(XrpcCall call, SessionTokens stale, CancellationToken cancel)
    {
        using var gate = await gates.EnterAsync(pds, stale.Did, cancel).ConfigureAwait(false);
        var known = await vault.ReadAsync(cancel).ConfigureAwait(false);
        _recent = null;
        if (known is null || known.RefreshJwt == gate.DeadRefreshJwt) return XrpcErrorFactory.SessionLost(call);
        if (known.AccessJwt != stale.AccessJwt) return XrpcResult.Ok(known);
        var fresh = await AskAsync(known, cancel).ConfigureAwait(false);
        if (fresh.TryGetValue(out var tokens, out var error))
        {
            await vault.WriteAsync(tokens, cancel).ConfigureAwait(false);
            Note(tokens.AccessJwt);
            log.SessionRefreshed(tokens.Did.ToString(), pds.Authority);
            return fresh;
        }
        if (error.Failure != XrpcFailure.Refused) return error;
        gate.DeadRefreshJwt = known.RefreshJwt;
        log.SessionLost(known.Did.ToString(), pds.Authority, error.Name);
        return XrpcErrorFactory.SessionLost(call, error.Name);
    }

    private Task<XrpcResult<SessionTokens>> AskAsync(SessionTokens known, CancellationToken cancel)
    {
        var call = XrpcCall.Procedure(pds, "com.atproto.server.refreshSession") with { Bearer = known.RefreshJwt };
        return client.ReadJsonAsync(call, reply =>
        {
            var tokens = new SessionTokens(reply.Did("did"), reply.String("accessJwt"), reply.String("refreshJwt"));
            reply.Expect(reply.Fault is not null || tokens.Did == known.Did, "it is a session of another account");
            return tokens;
        }, cancel);
    }

    private void Note(string accessJwt)
    {
        var claims = AccessTokenClaims.Read(accessJwt);
        _received = claims is { IssuedAt: { } from, ExpiresAt: { } until } ? (accessJwt, time.GetTimestamp(), until - from) : null;
    }

    private bool EndsSoon(string accessJwt)
    {
        if (_received is { } received && received.AccessJwt == accessJwt)
            return time.GetElapsedTime(received.ReceivedAt) > received.Life - Reserve;
        return AccessTokenClaims.Read(accessJwt).ExpiresAt is { } end && end < time.GetUtcNow() + Reserve;
    }

    private sealed record Recent(SessionTokens Tokens, long ReadAt);
}
