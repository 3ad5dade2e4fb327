using Microsoft.Extensions.Logging;

namespace Migrator.Jobs.Backups;

/// <summary>Event ids 4300-4399.</summary>
internal static partial class Log
{
    [LoggerMessage(4300, LogLevel.Information, "Backup {Id}: {Outcome}, {Bytes} new bytes.")]
    public static partial void BackedUp(ILogger log, string id, BackupRunOutcome outcome, long bytes);

    [LoggerMessage(4301, LogLevel.Debug, "Backup {Id}: {Objects} objects ({Bytes} bytes) in {Vault} read, {Bad} of them damaged.")]
    public static partial void Read(ILogger log, string id, string vault, int objects, long bytes, int bad);

    [LoggerMessage(4302, LogLevel.Warning, "Backup {Id}: the vault {Vault} cannot be looked after now: {Reason}")]
    public static partial void VaultAway(ILogger log, string id, string vault, string reason);

    [LoggerMessage(4303, LogLevel.Information, "Vault {Vault}: {Marked} snapshots marked, {Deleted} deleted, {Bytes} bytes freed. "
        + "{Remark}")]
    public static partial void Pruned(ILogger log, string vault, int marked, int deleted, long bytes, string remark);

    [LoggerMessage(4304, LogLevel.Warning, "Vault {Vault}: deleting what is not kept stopped: {Reason}")]
    public static partial void PruningStopped(ILogger log, string vault, string reason);

    [LoggerMessage(4310, LogLevel.Information, "Plan {Plan}: {Joined} accounts joined, {Left} left.")]
    public static partial void MembersRead(ILogger log, string plan, int joined, int left);

    [LoggerMessage(4311, LogLevel.Warning, "Plan {Plan}: the accounts of its server could not be read: {Reason}")]
    public static partial void MembersNotRead(ILogger log, string plan, string reason);

    [LoggerMessage(4312, LogLevel.Warning, "{Count} backups are late.")]
    public static partial void Late(ILogger log, int count);

    [LoggerMessage(4313, LogLevel.Warning, "Plans are not looked after now: {Reason}; tried again.")]
    public static partial void WatchFailed(ILogger log, string reason);

    [LoggerMessage(4314, LogLevel.Warning, "The clock was wrong and is right again: {Count} backups that it put off are due now.")]
    public static partial void ClockWasWrong(ILogger log, int count);
}
