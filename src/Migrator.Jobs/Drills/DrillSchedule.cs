using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Migrator.Jobs.Backups;

namespace Migrator.Jobs.Drills;

/// <summary>
/// When drills begin by themselves: at night by the clock of the account's plan, each account always on the same day and at the same
/// minute, and different accounts on different ones: a machine makes one drill at a time.
/// </summary>
internal static class DrillSchedule
{
    private const int FirstHour = 2;
    private const int SpreadMinutes = 240;
    private const int DaysEveryMonthHas = 28;

    /// <summary>So much later than its time a drill without a result is an alarm.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromDays(2);

    /// <summary>One that could not be made is tried again after this, if its next time is not sooner.</summary>
    public static readonly TimeSpan TryAgainAfter = TimeSpan.FromDays(1);

    /// <summary>The next time after a moment; null: never.</summary>
    public static DateTimeOffset? NextAfter(DrillEvery every, string accountId, TimeZoneInfo zone, DateTimeOffset moment)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes("drill " + accountId));
        var days = every switch
        {
            DrillEvery.Weekly => string.Create(CultureInfo.InvariantCulture, $"* * {hash[0] % 7}"),
            DrillEvery.Monthly => string.Create(CultureInfo.InvariantCulture, $"{1 + (hash[0] % DaysEveryMonthHas)} * *"),
            _ => null,
        };
        if (days is null)
            return null;
        var schedule = new PlanSchedule(null, $"0 {FirstHour} {days}", zone, SpreadMinutes, DateTimeOffset.UnixEpoch);
        // Whole seconds, because times are stored in milliseconds: what is stored must not lie before its own next time.
        var late = TimeSpan.FromSeconds(Math.Floor(schedule.JitterOf(accountId).TotalSeconds));
        // Between the night's beginning and this account's minute in it, tonight is still to come.
        return schedule.NextAfter(moment - late) + late;
    }

    /// <summary>How long a proof counts before another is wanted; null: none is wanted.</summary>
    public static TimeSpan? Period(DrillEvery every) => every switch
    {
        DrillEvery.Weekly => TimeSpan.FromDays(7),
        DrillEvery.Monthly => TimeSpan.FromDays(31),
        _ => null,
    };
}
