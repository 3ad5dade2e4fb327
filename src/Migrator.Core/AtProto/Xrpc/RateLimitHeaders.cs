using System.Globalization;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>
/// Reads from an answer's headers when the server will listen again (protocol D.2). The reference server sends <c>RateLimit-Reset</c>
/// as a Unix time in seconds and no <c>Retry-After</c>; proxies send that one; some servers write a number of seconds into either.
/// </summary>
internal static class RateLimitHeaders
{
    // A reset below this is a number of seconds to wait, not a moment: 1973 is long past.
    private const long LargestDelta = 100_000_000;

    /// <summary>
    /// The moment by our clock, or null when the headers say nothing that can be read. A moment by the server's clock is moved by the
    /// difference between the two clocks if the answer has a <c>Date</c>.
    /// </summary>
    public static DateTimeOffset? ReadResumeAt(HttpResponseMessage response, DateTimeOffset now)
    {
        var reset = ReadReset(response, now);
        var after = ReadRetryAfter(response, now);
        return (reset, after) switch
        {
            ({ } one, { } other) => one > other ? one : other,
            _ => reset ?? after,
        };
    }

    /// <summary>True when the server says that this was the last call of the window.</summary>
    public static bool IsUsedUp(HttpResponseMessage response) => First(response, "RateLimit-Remaining") == "0";

    private static DateTimeOffset? ReadReset(HttpResponseMessage response, DateTimeOffset now)
    {
        if (!long.TryParse(First(response, "RateLimit-Reset"), NumberStyles.None, CultureInfo.InvariantCulture, out var reset)) return null;
        if (reset < LargestDelta) return now.AddSeconds(reset);
        // Some count in milliseconds. What is still out of range after that is as good as never; the governor cuts it.
        if (reset > 253402300799) reset /= 1000;
        if (reset > 253402300799) return DateTimeOffset.MaxValue;
        return ByOurClock(DateTimeOffset.FromUnixTimeSeconds(reset), response, now);
    }

    private static DateTimeOffset? ReadRetryAfter(HttpResponseMessage response, DateTimeOffset now)
    {
        if (response.Headers.RetryAfter is not { } header) return null;
        if (header.Delta is { } delta) return delta < TimeSpan.FromDays(3650) ? now + delta : DateTimeOffset.MaxValue;
        return header.Date is { } date ? ByOurClock(date, response, now) : null;
    }

    private static DateTimeOffset ByOurClock(DateTimeOffset moment, HttpResponseMessage response, DateTimeOffset now)
    {
        var wait = moment - (response.Headers.Date ?? now);
        return wait > DateTimeOffset.MaxValue - now ? DateTimeOffset.MaxValue : wait < TimeSpan.Zero ? now : now + wait;
    }

    private static string? First(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault()?.Trim() : null;
}
