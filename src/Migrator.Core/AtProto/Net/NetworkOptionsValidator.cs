using Microsoft.Extensions.Options;

namespace Migrator.Core.AtProto.Net;

/// <summary>Says everything that is wrong with the network settings at once, each fault with its key and the bad value.</summary>
public sealed class NetworkOptionsValidator : IValidateOptions<NetworkOptions>
{
    public ValidateOptionsResult Validate(string? name, NetworkOptions options)
    {
        var faults = new List<string>();
        for (var i = 0; i < options.AllowPrivate.Count; i++)
        {
            if (!PrivateHostRule.TryParse(options.AllowPrivate[i], out _))
            {
                faults.Add($"{NetworkOptions.Section}:AllowPrivate:{i} is \"{options.AllowPrivate[i]}\"; " +
                    "it must be host:port, host:* or a network such as 10.0.0.0/8.");
            }
        }
        Span(nameof(options.ConnectTimeout), options.ConnectTimeout, 1, 120);
        Span(nameof(options.HeaderTimeout), options.HeaderTimeout, 1, 600);
        Span(nameof(options.ImportTimeout), options.ImportTimeout, 10, 7200);
        Span(nameof(options.BodyTimeout), options.BodyTimeout, 1, 600);
        Span(nameof(options.IdleTimeout), options.IdleTimeout, 1, 600);
        Span(nameof(options.RateWindow), options.RateWindow, 1, 600);
        Span(nameof(options.RetryDelay), options.RetryDelay, 0, 60);
        Span(nameof(options.MaxThrottle), options.MaxThrottle, 60, 7 * 86400);
        Number(nameof(options.MinBytesPerSecond), options.MinBytesPerSecond, 0, 1L << 30);
        Number(nameof(options.MaxRepoBytes), options.MaxRepoBytes, 1 << 20, long.MaxValue);
        Number(nameof(options.MaxBlobBytes), options.MaxBlobBytes, 1 << 20, long.MaxValue);
        Number(nameof(options.MaxHeaderKibibytes), options.MaxHeaderKibibytes, 4, 256);
        Number(nameof(options.MaxTransfersPerHost), options.MaxTransfersPerHost, 1, 256);
        Number(nameof(options.MaxCallsPerHost), options.MaxCallsPerHost, 1, 256);
        Number(nameof(options.SafeAttempts), options.SafeAttempts, 1, 10);
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Span(string key, TimeSpan value, int leastSeconds, int mostSeconds)
        {
            if (value < TimeSpan.FromSeconds(leastSeconds) || value > TimeSpan.FromSeconds(mostSeconds))
            {
                faults.Add($"{NetworkOptions.Section}:{key} is {value}; it must be between " +
                    $"{TimeSpan.FromSeconds(leastSeconds)} and {TimeSpan.FromSeconds(mostSeconds)}.");
            }
        }

        void Number(string key, long value, long least, long most)
        {
            if (value < least || value > most)
                faults.Add($"{NetworkOptions.Section}:{key} is {value}; it must be between {least} and {most}.");
        }
    }
}
