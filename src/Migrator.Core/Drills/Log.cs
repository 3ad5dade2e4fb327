using Microsoft.Extensions.Logging;

namespace Migrator.Core.Drills;

/// <summary>Event ids 4500-4599.</summary>
internal static partial class Log
{
    [LoggerMessage(4500, LogLevel.Information, "Drill of {Snapshot}: {Outcome}, depth {Depth}, {Findings} findings")]
    public static partial void Ended(ILogger log, string snapshot, DrillOutcome outcome, DrillDepth depth, int findings);

    [LoggerMessage(4501, LogLevel.Warning, "Drill of {Snapshot} could not be brought to its end: {Trouble}")]
    public static partial void NotProven(ILogger log, string snapshot, string trouble);

    [LoggerMessage(4502, LogLevel.Information, "Deleted what a drill left: {Folder}")]
    public static partial void Swept(ILogger log, string folder);

    [LoggerMessage(4503, LogLevel.Warning, "{Folder} of a drill stays for now: {Reason}")]
    public static partial void NotSwept(ILogger log, string folder, string reason);

    [LoggerMessage(4504, LogLevel.Information, "Sandbox: directory {Directory}, server {Server}, process {Pid}")]
    public static partial void SandboxRuns(ILogger log, Uri directory, Uri server, int pid);

    [LoggerMessage(4505, LogLevel.Warning, "Sandbox, process {Pid}: {Line}")]
    public static partial void SandboxSays(ILogger log, int pid, string line);

    [LoggerMessage(4506, LogLevel.Information, "Sandbox, process {Pid}, is gone")]
    public static partial void SandboxGone(ILogger log, int pid);

    [LoggerMessage(4507, LogLevel.Debug, "Drill calls {Method} {Authority}{Path}")]
    public static partial void Calls(ILogger log, string method, string authority, string path);

    [LoggerMessage(4508, LogLevel.Error, "A drill was about to call {Authority}, which is not its sandbox; it was not called")]
    public static partial void KeptIn(ILogger log, string authority);
}
