using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Migrator.Jobs.Engine;

namespace Migrator.Jobs.Backups;

/// <summary>When a plan's backups are due. Exactly one of <paramref name="EveryHours"/> and <paramref name="Cron"/>.</summary>
/// <param name="AnchorAt">"Every N hours" counts from here, so all accounts of a plan have the same times.</param>
public sealed record PlanSchedule(int? EveryHours, string? Cron, TimeZoneInfo Zone, int JitterMinutes, DateTimeOffset AnchorAt)
{
    /// <summary>
    /// A cron line that never fires (30 February) is refused when it is entered; should one get here, this far off it is.
    /// </summary>
    private static readonly TimeSpan Never = TimeSpan.FromDays(36_500);

    /// <summary>The schedule's next time after a moment, without jitter. Times that passed unused are not made up for.</summary>
    public DateTimeOffset NextAfter(DateTimeOffset moment)
    {
        if (EveryHours is not { } hours)
            return CronTimes.NextAfter(Cron!, Zone, moment) ?? moment + Never;
        var step = TimeSpan.FromHours(hours);
        var passed = Math.Floor((moment - AnchorAt) / step);
        return AnchorAt + (step * (passed + 1));
    }

    /// <summary>The schedule's newest time that is not after a moment; null when there is none.</summary>
    public DateTimeOffset? LastAtOrBefore(DateTimeOffset moment) => EveryHours is { } hours
        ? AnchorAt + (TimeSpan.FromHours(hours) * Math.Floor((moment - AnchorAt) / TimeSpan.FromHours(hours)))
        : CronTimes.LastAtOrBefore(Cron!, Zone, moment);

    /// <summary>
    /// How long after the schedule's time this account's turn is: always the same for it, spread evenly over the accounts, so that a
    /// server is not asked for all of them in one moment.
    /// </summary>
    public TimeSpan JitterOf(string accountId)
    {
        if (JitterMinutes == 0)
            return TimeSpan.Zero;
        var hash = BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(accountId)));
        return TimeSpan.FromMinutes(JitterMinutes) * (hash / (double)uint.MaxValue);
    }

    public string Words => EveryHours switch
    {
        1 => "every hour",
        24 => "every day",
        { } hours => string.Create(CultureInfo.InvariantCulture, $"every {hours} hours"),
        null => $"at the times of \"{Cron}\" ({Zone.Id})",
    };

    public override string ToString() => Words;
}
