using Microsoft.Extensions.Logging;

namespace Migrator.Jobs.Storage;

/// <summary>Event ids 4000-4099.</summary>
internal static partial class Log
{
    [LoggerMessage(4000, LogLevel.Information, "Schema script {Number} ({Name}) applied.")]
    public static partial void SchemaApplied(ILogger log, int number, string name);

    [LoggerMessage(
        4001,
        LogLevel.Information,
        "A new master key was made: {File}. Keep a copy of it apart from the database; without it stored sign-ins are lost.")]
    public static partial void MasterKeyMade(ILogger log, string file);

    [LoggerMessage(
        4002, LogLevel.Warning, "Other users of this machine can read the master key {File}: take their rights away (chmod 600).")]
    public static partial void MasterKeyReadable(ILogger log, string file);

    [LoggerMessage(4003, LogLevel.Warning, "The database does not answer ({Reason}). Migrator stays up and tries again in {Seconds} s.")]
    public static partial void DatabaseAway(ILogger log, string reason, double seconds);

    [LoggerMessage(4004, LogLevel.Information, "Storage is open: {Provider}, data folder {Folder}, master key {KeyId}.")]
    public static partial void StorageOpen(ILogger log, DatabaseProvider provider, string folder, string keyId);

    [LoggerMessage(4005, LogLevel.Critical, "Migrator stops: {Reason}")]
    public static partial void StartRefused(ILogger log, string reason);
}
