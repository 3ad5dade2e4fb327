using System.Globalization;
using Migrator.Core.Doctor;

namespace Migrator.Web.Components;

// Numbers and times. The native verify holds this file too, so it names nothing of databases and pages.
public static partial class Words
{
    /// <summary>Decimal units: 1 MB is 1,000,000 bytes, as file managers and hosters count.</summary>
    public static string Size(long bytes) => bytes switch
    {
        < 1_000 => $"{bytes} bytes",
        < 1_000_000 => Text(bytes / 1e3) + " kB",
        < 1_000_000_000 => Text(bytes / 1e6) + " MB",
        _ => Text(bytes / 1e9) + " GB",
    };

    /// <summary>With a thin gap between thousands: 1 280.</summary>
    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture).Replace(',', '\u202f');

    public static string Count(long number, string one, string many) => $"{Count(number)}\u00a0{(number == 1 ? one : many)}";

    /// <summary>"3 minutes ago", "in 2 hours", "just now".</summary>
    public static string Relative(DateTimeOffset at, DateTimeOffset now)
    {
        var span = now - at;
        if (span.Duration() < TimeSpan.FromSeconds(10))
            return span < TimeSpan.Zero ? "in a moment" : "just now";
        var length = Length(span.Duration());
        return span < TimeSpan.Zero ? $"in {length}" : $"{length} ago";
    }

    /// <summary>The two largest units at most: "2 hours", "1 hour 20 minutes", "45 seconds".</summary>
    public static string Length(TimeSpan span) => span switch
    {
        { TotalSeconds: < 60 } => Unit((int)Math.Ceiling(span.TotalSeconds), "second"),
        { TotalMinutes: < 60 } => Unit((int)span.TotalMinutes, "minute"),
        { TotalHours: < 24 } => Unit((int)span.TotalHours, "hour") + Rest(span.Minutes, "minute"),
        _ => Unit((int)span.TotalDays, "day") + Rest(span.Hours, "hour"),
    };

    public static string Left(int seconds) => seconds < 60 ? "less than a minute left" : $"about {Length(TimeSpan.FromSeconds(seconds))} left";

    /// <summary>"14:05, 22 Nov 2026 (UTC+01:00)" in the zone of this machine.</summary>
    public static string Absolute(DateTimeOffset at, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone);
        var offset = local.Offset == TimeSpan.Zero ? "UTC" : "UTC" + local.ToString("zzz", CultureInfo.InvariantCulture);
        return local.ToString("HH:mm, d MMM yyyy", CultureInfo.InvariantCulture) + $" ({offset})";
    }

    /// <summary>How far: "412 of 1 280", "1.3 MB of 4.1 MB", "1.3 MB" where the whole is not known, nothing where nothing is counted.</summary>
    public static string Of(CheckProgress at)
    {
        if (at.Done == 0 && at.Total == 0)
            return "";
        string Say(long number) => at.InBytes ? Size(number) : Count(number);
        return at.Total == 0 ? Say(at.Done) : $"{Say(at.Done)} of {Say(at.Total)}";
    }

    private static string Text(double value) => value.ToString(value < 10 ? "0.0" : "0", CultureInfo.InvariantCulture);

    private static string Unit(int number, string unit) => $"{number} {unit}{(number == 1 ? "" : "s")}";

    private static string Rest(int number, string unit) => number == 0 ? "" : " " + Unit(number, unit);
}
