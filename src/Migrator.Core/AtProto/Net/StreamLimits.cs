namespace Migrator.Core.AtProto.Net;

/// <summary>The limits of one stream.</summary>
/// <param name="MaxBytes">Most bytes that may be read from it.</param>
/// <param name="IdleTimeout">Longest wait for the next byte.</param>
/// <param name="MinBytesPerSecond">Least rate over <paramref name="RateWindow"/> of waiting; 0 means any.</param>
/// <param name="RateWindow">How much waiting time is added up before the rate is judged.</param>
public sealed record StreamLimits(long MaxBytes, TimeSpan IdleTimeout, long MinBytesPerSecond, TimeSpan RateWindow)
{
    public static StreamLimits From(NetworkOptions options, long maxBytes) =>
        new(maxBytes, options.IdleTimeout, options.MinBytesPerSecond, options.RateWindow);
}
