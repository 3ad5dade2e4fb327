namespace Migrator.Web.Features.Returns;

internal static partial class Log
{
    [LoggerMessage(5401, LogLevel.Warning, "Taking out the snapshot {Name} broke off.")]
    public static partial void TakeOutBroken(ILogger log, string name, Exception fault);
}
