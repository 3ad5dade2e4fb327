using Microsoft.Extensions.Logging;

namespace Migrator.Jobs.Migrations;

internal static partial class Log
{
    [LoggerMessage(4801, LogLevel.Warning, "The identity of the restored account of {Id} was changed afterwards by operation {Operation}.")]
    public static partial void IdentityChanged(ILogger log, string id, string operation);

    [LoggerMessage(4802, LogLevel.Warning, "Watching restored identities: the database does not answer ({Reason}); tried again.")]
    public static partial void WatchFailed(ILogger log, string reason);
}
