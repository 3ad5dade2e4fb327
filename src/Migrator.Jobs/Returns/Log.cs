using Microsoft.Extensions.Logging;

namespace Migrator.Jobs.Returns;

internal static partial class Log
{
    [LoggerMessage(4701, LogLevel.Information, "Bringing back {Id} ended: {State}.")]
    public static partial void Ended(ILogger log, string id, ReturnState state);

    [LoggerMessage(4702, LogLevel.Error, "Bringing back {Id} failed on our side.")]
    public static partial void Failed(ILogger log, string id, Exception problem);

    [LoggerMessage(4704, LogLevel.Warning, "How far bringings back are could not be stored; it is tried again: {Why}")]
    public static partial void NotStored(ILogger log, string why);

    [LoggerMessage(4703, LogLevel.Warning,
        "The sign-in of bringing back {Id} could not be ended at its server: {Why}. It ends there by itself.")]
    public static partial void NotSignedOut(ILogger log, string id, string why);
}
