using Microsoft.Extensions.Logging;

namespace Migrator.Jobs.Snapshots;

/// <summary>Event ids 4900 to 4999.</summary>
internal static partial class Log
{
    [LoggerMessage(4901, LogLevel.Error, "An unsealed snapshot in {Folder} could not be removed after it was looked at")]
    public static partial void NotWiped(ILogger log, string folder, Exception problem);
}
