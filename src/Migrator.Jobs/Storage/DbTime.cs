namespace Migrator.Jobs.Storage;

/// <summary>Times as they are stored: milliseconds since 1970 UTC.</summary>
internal static class DbTime
{
    public static long ToDb(this DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    public static DateTimeOffset ToTime(this long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    public static DateTimeOffset? ToTime(this long? milliseconds) => milliseconds is { } value ? value.ToTime() : null;
}
