using Microsoft.Extensions.Logging;

namespace Migrator.Jobs.Drills;

/// <summary>Event ids 4400-4499.</summary>
internal static partial class Log
{
    [LoggerMessage(4400, LogLevel.Information, "Drill {Id}: begun, account {Account}, start {Start}.")]
    public static partial void Begun(ILogger log, string id, string account, int start);

    [LoggerMessage(4401, LogLevel.Information, "Drill {Id}: {State}.")]
    public static partial void Ended(ILogger log, string id, DrillState state);

    [LoggerMessage(4402, LogLevel.Debug, "Drill {Id}: how far it is could not be noted: {Reason}")]
    public static partial void ProgressNotNoted(ILogger log, string id, string reason);

    [LoggerMessage(4403, LogLevel.Information, "{Count} drills are due.")]
    public static partial void Due(ILogger log, int count);

    [LoggerMessage(4404, LogLevel.Warning, "{Count} drills are overdue.")]
    public static partial void Late(ILogger log, int count);

    [LoggerMessage(4405, LogLevel.Warning, "Drills are not looked after now: {Reason}; tried again.")]
    public static partial void WatchFailed(ILogger log, string reason);
}
