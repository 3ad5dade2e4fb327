namespace Migrator.Core.AtProto.Plc;

/// <summary>How many operations the public directory takes for one identity: ten an hour, thirty a day, a hundred a week.</summary>
internal sealed record PlcRateLimit(string Word, TimeSpan Window, int Operations)
{
    private static readonly PlcRateLimit[] All =
    [
        new("hour", TimeSpan.FromHours(1), 10),
        new("day", TimeSpan.FromDays(1), 30),
        new("week", TimeSpan.FromDays(7), 100),
    ];

    /// <summary>The limit that a refusal speaks of (the directory says so with status 400, in a sentence), or null.</summary>
    public static PlcRateLimit? Find(string message)
    {
        const string phrase = "operations within last ";
        var at = message.IndexOf(phrase, StringComparison.OrdinalIgnoreCase);
        if (at < 0) return null;
        var window = message[(at + phrase.Length)..];
        return Array.Find(All, limit => window.StartsWith(limit.Word, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>
    /// When the window has room again: the oldest of the operations that fill it must leave it. A whole window when the log is not known.
    /// </summary>
    public DateTimeOffset RetryAt(PlcHistory? history, DateTimeOffset now)
    {
        if (history is null || history.Entries.Count < Operations) return now + Window;
        var free = history.Entries[^Operations].CreatedAt + Window;
        return free > now ? free : now + TimeSpan.FromMinutes(1); // our clocks disagree, or the limit is another
    }
}
