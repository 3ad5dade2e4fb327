using Microsoft.Extensions.Logging;

namespace Migrator.Core.Vaults;

/// <summary>Event ids 2000 to 2099.</summary>
internal static partial class Log
{
    [LoggerMessage(2000, LogLevel.Information, "Deleted {Count} unfinished files that killed processes left in {Vault}")]
    public static partial void LeftoversSwept(this ILogger log, string vault, int count);

    [LoggerMessage(2001, LogLevel.Information, "{Vault} stumbled over {Call} ({Fault}); try {Attempt} follows in {Delay}")]
    public static partial void TryingAgain(this ILogger log, string vault, string call, string fault, int attempt, TimeSpan delay);

    [LoggerMessage(2002, LogLevel.Warning, "{Vault} gave back other bytes of {Name} than it was given")]
    public static partial void Corrupted(this ILogger log, string vault, string name);

    [LoggerMessage(2003, LogLevel.Warning, "Could not end the unfinished upload of {Name} at {Vault} ({Fault}); it is ended later")]
    public static partial void UploadNotEnded(this ILogger log, string vault, string name, VaultFault fault);

    [LoggerMessage(2004, LogLevel.Information, "Ended {Count} unfinished uploads that killed processes left in {Vault}")]
    public static partial void UploadsSwept(this ILogger log, string vault, int count);

    [LoggerMessage(2005, LogLevel.Warning, "Could not delete {Name} at {Vault} ({Fault})")]
    public static partial void NotDeleted(this ILogger log, string vault, string name, VaultFault fault);

    [LoggerMessage(2006, LogLevel.Information, "Could not look for unfinished uploads in {Vault} ({Fault})")]
    public static partial void SweepFailed(this ILogger log, string vault, VaultFault fault);

    [LoggerMessage(2007, LogLevel.Warning, "May not open or delete the unfinished file {Name} in {Vault}; it is left there")]
    public static partial void LeftoverNotOurs(this ILogger log, string vault, string name);
}
