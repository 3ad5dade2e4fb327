using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Migrator.Core.AtProto.Net;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>Turns what went wrong with a call into an <see cref="XrpcError"/>.</summary>
internal static class XrpcErrorFactory
{
    /// <summary>An answer with a status that is no success. The body may be the protocol's, HTML of a proxy, or nothing.</summary>
    public static XrpcError FromStatus(XrpcCall call, HttpResponseMessage response, ReadOnlyMemory<byte> body, DateTimeOffset? retryAt)
    {
        var status = (int)response.StatusCode;
        var (name, message) = ReadBody(body);
        return Make(call, Classify(status), name, message ?? InOurWords(status), status, retryAt);
    }

    public static XrpcError Throttled(XrpcCall call, DateTimeOffset until, string? message = null) =>
        Make(call, XrpcFailure.Throttled, null, message ?? "The server asked us to wait.", 429, until);

    public static XrpcError Unreadable(XrpcCall call, string what, int status = 200) =>
        Make(call, XrpcFailure.Unreadable, null, $"The answer cannot be used: {what}.", status);

    public static XrpcError SessionLost(XrpcCall call, string? name = null) =>
        Make(call, XrpcFailure.SessionLost, name, "The sign-in is no longer valid; sign in again.", 0);

    /// <summary>The session was renewed, but the body was a stream that cannot be sent twice: the caller has to open it anew.</summary>
    public static XrpcError SendAgain(XrpcCall call) =>
        Make(call, XrpcFailure.ServerTrouble, XrpcErrorNames.ExpiredToken,
            "The sign-in ran out and was renewed; the upload must be sent again.", 400);

    /// <summary>An exception of the HTTP client. Anything else is a bug of ours and goes on up.</summary>
    public static XrpcError FromException(XrpcCall call, Exception fault, CallWatch? watch)
    {
        var host = call.Url.Host;
        if (Find<BlockedAddressException>(fault) is { } blocked) return Make(call, XrpcFailure.BlockedAddress, null, blocked.Message);
        if (Find<NetworkLimitException>(fault) is { } limit)
        {
            var failure = limit.Limit == NetworkLimit.TooManyBytes ? XrpcFailure.Unreadable : XrpcFailure.TimedOut;
            return Make(call, failure, null, limit.Message);
        }
        if (watch is { RanOut: true }) return Make(call, XrpcFailure.TimedOut, null, $"{host} took too long to {watch.Phase}.");
        if (fault is OperationCanceledException) return Make(call, XrpcFailure.TimedOut, null, $"{host} took too long to connect.");
        switch (Find<SocketException>(fault)?.SocketErrorCode)
        {
            case SocketError.HostNotFound or SocketError.NoData:
                return Make(call, XrpcFailure.Unreachable, null, $"The name {host} leads nowhere.");
            case SocketError.TimedOut:
                return Make(call, XrpcFailure.TimedOut, null, $"{host} took too long to connect.");
        }
        return (Find<HttpRequestException>(fault)?.HttpRequestError ?? Find<HttpIOException>(fault)?.HttpRequestError) switch
        {
            HttpRequestError.NameResolutionError => Make(call, XrpcFailure.Unreachable, null, $"The name {host} cannot be looked up."),
            HttpRequestError.SecureConnectionError => Make(call, XrpcFailure.Unreachable, null,
                $"{host} could not prove who it is: its certificate or encryption was not accepted."),
            HttpRequestError.ConnectionError => Make(call, XrpcFailure.Unreachable, null, $"No connection to {host}."),
            HttpRequestError.ConfigurationLimitExceeded =>
                Make(call, XrpcFailure.Unreadable, null, $"The headers of {host} are too large."),
            HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError =>
                Make(call, XrpcFailure.Unreadable, null, $"{host} does not speak proper HTTP."),
            _ => Make(call, XrpcFailure.Unreachable, null, $"The connection to {host} broke before the answer was whole."),
        };
    }

    private static XrpcFailure Classify(int status) => status switch
    {
        429 => XrpcFailure.Throttled,
        408 => XrpcFailure.TimedOut,
        501 => XrpcFailure.Refused,
        >= 500 => XrpcFailure.ServerTrouble,
        >= 400 => XrpcFailure.Refused,
        _ => XrpcFailure.Unreadable,
    };

    private static (string? Name, string? Message) ReadBody(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 16 });
            if (json.RootElement.ValueKind != JsonValueKind.Object) return (null, null);
            return (RemoteText.CleanName(Text(json.RootElement, "error")), RemoteText.CleanMessage(Text(json.RootElement, "message")));
        }
        catch (JsonException)
        {
            // HTML of a proxy, or nothing: the status has to do.
            return (null, null);
        }
    }

    private static string? Text(JsonElement error, string name) =>
        error.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string InOurWords(int status) => status switch
    {
        >= 300 and < 400 => "The server sends us to another address, which is not followed.",
        413 => "The server does not take bodies of this size.",
        429 => "The server asked us to wait.",
        502 or 503 or 504 => "Something in front of the server says that it is not available.",
        _ => $"The server answered with status {status} ({(HttpStatusCode)status}) and no reason.",
    };

    private static XrpcError Make(
        XrpcCall call, XrpcFailure failure, string? name, string message, int status = 0, DateTimeOffset? retryAt = null) =>
        new(failure, status, name, message, retryAt, call.Service, call.Name);

    private static T? Find<T>(Exception? fault) where T : Exception
    {
        for (; fault is not null; fault = fault.InnerException)
        {
            if (fault is T found) return found;
        }
        return null;
    }
}
