using Microsoft.Extensions.Logging;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>Event ids 1100 to 1199. No parameter, body, token or query string is ever logged.</summary>
internal static partial class Log
{
    [LoggerMessage(1100, LogLevel.Information, "{Call} at {Host} failed ({Failure} {Status}); trying again after attempt {Attempt}")]
    public static partial void TryingAgain(this ILogger log, string call, string host, XrpcFailure failure, int status, int attempt);

    [LoggerMessage(1101, LogLevel.Information, "Refreshed the session of {Did} at {Host}")]
    public static partial void SessionRefreshed(this ILogger log, string did, string host);

    [LoggerMessage(1102, LogLevel.Warning, "The session of {Did} at {Host} is over: {Reason}")]
    public static partial void SessionLost(this ILogger log, string did, string host, string? reason);
}
