using Microsoft.Extensions.Logging;
using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Engine;

/// <summary>Event ids 4100-4199.</summary>
internal static partial class Log
{
    [LoggerMessage(4100, LogLevel.Information, "{Id}: run begins (fence {Fence}).")]
    public static partial void RunBegins(ILogger log, WorkId id, long fence);

    [LoggerMessage(4101, LogLevel.Information, "{Id}: run ends (fence {Fence}).")]
    public static partial void RunEnds(ILogger log, WorkId id, long fence);

    [LoggerMessage(4102, LogLevel.Information, "{Id}: run stops (fence {Fence}) because {Reason}; it goes on from where it is.")]
    public static partial void RunStops(ILogger log, WorkId id, long fence, string reason);

    [LoggerMessage(4103, LogLevel.Warning, "{Id}: another worker took over; the run with fence {Fence} is dropped.")]
    public static partial void TakenOver(ILogger log, WorkId id, long fence);

    [LoggerMessage(4104, LogLevel.Warning, "{Id}: the database failed during the run with fence {Fence}; it is tried again.")]
    public static partial void RunBrokeOff(ILogger log, WorkId id, long fence, Exception problem);

    [LoggerMessage(4105, LogLevel.Error, "{Id}: the run with fence {Fence} met a mistake of Migrator's own; it is tried again.")]
    public static partial void RunBroke(ILogger log, WorkId id, long fence, Exception problem);

    [LoggerMessage(4106, LogLevel.Debug, "{Id}: nothing to do now, or another worker is at it.")]
    public static partial void NotDue(ILogger log, WorkId id);

    [LoggerMessage(
        4107, LogLevel.Warning, "{Id}: the lease with fence {Fence} could not be given back ({Reason}); it runs out by itself.")]
    public static partial void NotGivenBack(ILogger log, WorkId id, long fence, string reason);

    [LoggerMessage(4108, LogLevel.Warning, "{Id}: the database does not let it be begun ({Reason}); the reconciler calls it again.")]
    public static partial void NotBegun(ILogger log, WorkId id, string reason);

    [LoggerMessage(
        4110, LogLevel.Warning, "{Id}: the lease with fence {Fence} could not be renewed in time; the work is stopped.")]
    public static partial void LeaseRanOut(ILogger log, WorkId id, long fence);

    [LoggerMessage(4111, LogLevel.Warning, "{Id}: the lease with fence {Fence} is another worker's now; the work is stopped.")]
    public static partial void LeaseTakenOver(ILogger log, WorkId id, long fence);

    [LoggerMessage(4112, LogLevel.Warning, "{Id}: renewing the lease failed ({Reason}); tried again while there is time.")]
    public static partial void RenewalFailed(ILogger log, WorkId id, string reason);

    [LoggerMessage(4113, LogLevel.Warning, "{Id}: the alarm could not be set ({Reason}); the reconciler will find it.")]
    public static partial void AlarmFailed(ILogger log, WorkId id, string reason);

    [LoggerMessage(4120, LogLevel.Debug, "Reconciler: {Count} are due and called.")]
    public static partial void Reconciled(ILogger log, int count);

    [LoggerMessage(4121, LogLevel.Warning, "Reconciler: the database does not answer ({Reason}); tried again.")]
    public static partial void ReconcileFailed(ILogger log, string reason);

    [LoggerMessage(4122, LogLevel.Critical, NoRoom.Message)]
    public static partial void DatabaseFull(ILogger log);

    [LoggerMessage(4123, LogLevel.Information, "There is room again on the disk that holds the database; work goes on.")]
    public static partial void RoomAgain(ILogger log);

    [LoggerMessage(4130, LogLevel.Information, "The engine works as {Role}, {Concurrency} runs at once.")]
    public static partial void EngineStarted(ILogger log, MigratorRole role, int concurrency);

    [LoggerMessage(4131, LogLevel.Warning, "The scheduler did not start ({Reason}); tried again in {Seconds} s.")]
    public static partial void EngineWaits(ILogger log, string reason, double seconds);

    [LoggerMessage(4140, LogLevel.Critical, "Crash point {Point} reached: this process kills itself, as MIGRATOR_CRASH_AT asks.")]
    public static partial void CrashPointReached(ILogger log, string point);
}
