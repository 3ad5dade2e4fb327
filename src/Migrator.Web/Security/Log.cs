namespace Migrator.Web.Security;

/// <summary>Event ids 9000–9099.</summary>
internal static partial class Log
{
    [LoggerMessage(9000, LogLevel.Information, "Signed in with the one-time link.")]
    public static partial void SignedIn(this ILogger logger);

    [LoggerMessage(9001, LogLevel.Warning, "A one-time link was tried that is wrong, used up or too old.")]
    public static partial void LinkRefused(this ILogger logger);

    [LoggerMessage(9002, LogLevel.Information, "Signed out.")]
    public static partial void SignedOut(this ILogger logger);

    [LoggerMessage(9003, LogLevel.Information, "Signed out everywhere.")]
    public static partial void SignedOutEverywhere(this ILogger logger);

    [LoggerMessage(9004, LogLevel.Information, "A new API token was made; the one before is refused from now on.")]
    public static partial void ApiTokenReplaced(this ILogger logger);
}
