using Microsoft.Extensions.Logging;
using Migrator.Core.Doctor;

namespace Migrator.Jobs.Doctor;

internal static partial class Log
{
    [LoggerMessage(4601, LogLevel.Information, "Check {Id} of a(n) {Kind} is done: {Verdict}.")]
    public static partial void CheckDone(ILogger log, string id, CheckKind kind, CheckVerdict verdict);

    [LoggerMessage(4602, LogLevel.Error, "Check {Id} failed on our side.")]
    public static partial void CheckFailed(ILogger log, string id, Exception problem);
}
