using Microsoft.Extensions.Logging;

namespace Migrator.Core.AtProto.Identity;

/// <summary>Event ids 1200 to 1299.</summary>
internal static partial class Log
{
    [LoggerMessage(1200, LogLevel.Information, "The handle {Handle} that {Did} claims does not lead back to it ({Outcome})")]
    public static partial void HandleNotVerified(this ILogger log, string handle, string did, HandleOutcome outcome);
}
