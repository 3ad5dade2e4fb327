using Quartz;

namespace Migrator.Jobs.Engine;

/// <summary>The times of a cron line with five fields, in a time zone.</summary>
public static class CronTimes
{
    private const int LongestLine = 120;

    /// <summary>Five fields as in a crontab: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday).</summary>
    public static bool IsCron(string? text) => TryRead(text, out _);

    /// <summary>
    /// The next time strictly after <paramref name="after"/>; null when there is none. Where clocks are put forward, a time that does not
    /// exist that day falls on the first moment after the gap; where they are put back, a time that comes twice counts once.
    /// </summary>
    /// <exception cref="FormatException">It is no cron line; <see cref="IsCron"/> was not asked.</exception>
    public static DateTimeOffset? NextAfter(string cron, TimeZoneInfo zone, DateTimeOffset after) => TryRead(cron, out var expression)
        ? expression.WithTimeZone(zone).GetNextValidTimeAfter(after)
        : throw new FormatException($"'{cron}' is no cron line.");

    /// <summary>The newest time that is not after <paramref name="moment"/>; null when there is none.</summary>
    /// <exception cref="FormatException">It is no cron line.</exception>
    public static DateTimeOffset? LastAtOrBefore(string cron, TimeZoneInfo zone, DateTimeOffset moment)
    {
        if (!TryRead(cron, out var expression))
            throw new FormatException($"'{cron}' is no cron line.");
        // Whole seconds: "before" a moment within the very second of a time would miss it.
        var times = expression.WithTimeZone(zone);
        var last = times.GetPreviousValidTimeBefore(moment.AddSeconds(1));
        return last > moment ? times.GetPreviousValidTimeBefore(last.Value) : last;
    }

    private static bool TryRead(string? text, out CronExpression expression)
    {
        expression = null!;
        // Quartz knows more characters (L, W, #, H, @daily): other tools read them otherwise or not at all.
        if (text is not { Length: > 0 and <= LongestLine } || !text.All(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '*' or ',' or '-' or '/'))
            return false;
        var fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 5 || fields[..3].Any(field => field.Any(char.IsAsciiLetter)))
            return false;
        if (fields[3..].Any(field => field.Split('/', ',', '-').Any(part => part.Length > 0 && char.IsAsciiLetter(part[0]) && part.Length != 3)))
            return false;
        if (!CronExpression.TryParse(string.Join(' ', fields), CronFormat.Unix, out var read) || read is null)
            return false;
        expression = read;
        return true;
    }
}
