using Microsoft.Extensions.Logging;

namespace Migrator.Jobs.Notifications;

/// <summary>Event ids 4200-4299.</summary>
internal static partial class Log
{
    [LoggerMessage(4200, LogLevel.Warning, "Notification {Id} ({Kind}), try {Attempt}: {Error} Tried again in {Seconds} s.")]
    public static partial void NoticeWaits(ILogger log, long id, string kind, int attempt, string error, double seconds);

    [LoggerMessage(4201, LogLevel.Error, "Notification {Id} ({Kind}) is given up after {Attempts} tries: {Error}")]
    public static partial void NoticeGivenUp(ILogger log, long id, string kind, int attempts, string error);

    [LoggerMessage(4202, LogLevel.Warning, "Notifications wait: {Reason}")]
    public static partial void OutboxWaits(ILogger log, string reason);

    [LoggerMessage(4203, LogLevel.Error, "Notification {Id} could not be sent by {Channel}.")]
    public static partial void ChannelBroke(ILogger log, string channel, long id, Exception problem);
}
