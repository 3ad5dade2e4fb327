using Migrator.Core.AtProto.Net;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>
/// The calls to a PDS that Migrator makes, one method each. Facts about them are in the protocol's lexicons; where the reference server
/// does something else than one would think, the method says so. Every method gives an <see cref="XrpcResult{T}"/> and throws only for
/// bugs of ours, a cancelled token, or a stream of the caller's that breaks.
/// </summary>
public sealed partial class PdsClient
{
    private readonly XrpcClient _client;
    private readonly SessionKeeper? _session;
    private readonly NetworkOptions _options;

    internal PdsClient(Uri pds, XrpcClient client, SessionKeeper? session, NetworkOptions options)
    {
        Pds = new Uri(pds.GetLeftPart(UriPartial.Authority));
        (_client, _session, _options) = (client, session, options);
    }

    /// <summary>Scheme, host and port of the server.</summary>
    public Uri Pds { get; }

    private Task<XrpcResult<T>> ReadAsync<T>(XrpcCall call, Func<ReplyReader, T> read, CancellationToken cancel) =>
        AsOwnerAsync(call, signed => _client.ReadJsonAsync(signed, read, cancel), cancel);

    private Task<XrpcResult<Nothing>> DoAsync(XrpcCall call, CancellationToken cancel) =>
        AsOwnerAsync(call, signed => _client.SendAsync(signed, cancel), cancel);

    /// <summary>Adds the access token; when it turns out to be old, refreshes and sends once more if the body allows.</summary>
    private async Task<XrpcResult<T>> AsOwnerAsync<T>(
        XrpcCall call, Func<XrpcCall, Task<XrpcResult<T>>> send, CancellationToken cancel)
    {
        if (_session is null) return await send(call).ConfigureAwait(false);
        var tokens = await _session.CurrentAsync(call, oneShot: !call.CanReplay, cancel).ConfigureAwait(false);
        if (!tokens.IsOk) return tokens.Error;
        var result = await send(call with { Bearer = tokens.Value.AccessJwt }).ConfigureAwait(false);
        if (result.IsOk || !SessionKeeper.AsksForRefresh(result.Error)) return result;

        var fresh = await _session.RefreshAsync(call, tokens.Value, cancel).ConfigureAwait(false);
        if (!fresh.IsOk) return fresh.Error;
        if (!call.CanReplay) return XrpcErrorFactory.SendAgain(call);
        result = await send(call with { Bearer = fresh.Value.AccessJwt }).ConfigureAwait(false);
        // A token straight from the server that the same server calls expired: only a new sign-in can help.
        return !result.IsOk && !call.CarriesCode && result.Error.Is(XrpcErrorNames.ExpiredToken)
            ? XrpcErrorFactory.SessionLost(call, result.Error.Name)
            : result;
    }
}
