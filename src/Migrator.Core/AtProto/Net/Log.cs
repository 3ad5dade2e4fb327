using Microsoft.Extensions.Logging;

namespace Migrator.Core.AtProto.Net;

/// <summary>Event ids 1000 to 1099.</summary>
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Warning, "Blocked a call to {Host}: it does not lead to a public internet address")]
    public static partial void AddressBlocked(this ILogger log, string host);

    [LoggerMessage(1001, LogLevel.Information, "{Host} asked us to wait until {Until:O} ({Scope})")]
    public static partial void HostBlocked(this ILogger log, string host, string scope, DateTimeOffset until);
}
