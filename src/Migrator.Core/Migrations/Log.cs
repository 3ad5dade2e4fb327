using Microsoft.Extensions.Logging;

namespace Migrator.Core.Migrations;

/// <summary>Event ids 4000-4099.</summary>
internal static partial class Log
{
    [LoggerMessage(4001, LogLevel.Information, "Migration {Id}: step {Step} ended {Outcome}, now {State}")]
    public static partial void StepEnded(ILogger log, MigrationId id, StepName step, AttemptOutcome outcome, MigrationState state);

    [LoggerMessage(4002, LogLevel.Error, "Migration {Id}: step {Step} threw")]
    public static partial void StepBroke(ILogger log, MigrationId id, StepName step, Exception problem);

    [LoggerMessage(4003, LogLevel.Error, "Migration {Id}: step {Step} could not use its own files")]
    public static partial void LocalTrouble(ILogger log, MigrationId id, StepName step, Exception problem);

    [LoggerMessage(4004, LogLevel.Warning, "Migration {Id}: no longer watching for the person's wish")]
    public static partial void WatcherEnded(ILogger log, MigrationId id, Exception problem);
}
