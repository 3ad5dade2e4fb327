using Microsoft.Extensions.Logging;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Backups;

/// <summary>Event ids 4200-4299.</summary>
internal static partial class Log
{
    [LoggerMessage(4201, LogLevel.Information, "Backup of {Did} ended {Outcome}")]
    public static partial void RunEnded(ILogger log, Did did, string outcome);

    [LoggerMessage(4202, LogLevel.Error, "Backup of {Did} could not use its own files")]
    public static partial void LocalTrouble(ILogger log, Did did, Exception problem);

    [LoggerMessage(4203, LogLevel.Warning, "Backup of {Did} met an object that was being deleted")]
    public static partial void ObjectGone(ILogger log, Did did, Exception problem);
}
