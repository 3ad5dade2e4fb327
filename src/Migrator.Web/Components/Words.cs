using System.Globalization;
using Migrator.Core.Migrations;
using Migrator.Jobs.Migrations;

namespace Migrator.Web.Components;

/// <summary>Numbers, times and states in plain English.</summary>
public static class Words
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

    public static string Of(MigrationState state) => state switch
    {
        MigrationState.Draft => "Not started",
        MigrationState.Copying => "Copying",
        MigrationState.ReadyForCutover => "Ready to move",
        MigrationState.CuttingOver => "Moving",
        MigrationState.Proving => "Checking",
        MigrationState.Completed => "Moved",
        MigrationState.CompletedWithRemarks => "Moved, with remarks",
        MigrationState.GoingBack => "Going back",
        MigrationState.Undone => "Moved back",
        MigrationState.Cancelled => "Cancelled",
        MigrationState.Failed => "Failed",
        _ => state.ToString(),
    };

    /// <summary>The same, for a move or a restore.</summary>
    public static string Of(MigrationState state, MigrationKind kind) => (kind, state) switch
    {
        (MigrationKind.Restore, MigrationState.Copying) => "Restoring",
        (MigrationKind.Restore, MigrationState.ReadyForCutover) => "Ready to restore",
        (MigrationKind.Restore, MigrationState.CuttingOver) => "Changing the identity",
        (MigrationKind.Restore, MigrationState.Completed) => "Restored",
        (MigrationKind.Restore, MigrationState.CompletedWithRemarks) => "Restored, with remarks",
        (MigrationKind.Restore, MigrationState.Undone) => "Given back",
        _ => Of(state),
    };

    public static string Of(StepStanding standing) => standing switch
    {
        StepStanding.NotYet => "Not yet",
        StepStanding.Running => "Under way",
        StepStanding.Waiting => "Waiting",
        StepStanding.NeedsYou => "Needs you",
        StepStanding.Done => "Done",
        StepStanding.Undone => "Undone",
        _ => standing.ToString(),
    };

    public static string Of(BlobState state) => state switch
    {
        BlobState.MissingAtSource => "The old server no longer has it",
        BlobState.DamagedAtSource => "The old server sends something else than was posted",
        BlobState.TooLarge => "Too large for the new server",
        BlobState.Refused => "The new server refuses it",
        BlobState.Needed => "Not copied yet",
        BlobState.Copied => "Copied",
        BlobState.Proven => "Copied and read back",
        _ => state.ToString(),
    };

    /// <summary>How far: "412 of 1 280", "1.3 MB of 4.1 MB", "1.3 MB" where the whole is not known, nothing where nothing is counted.</summary>
    public static string Of(Migrator.Core.Doctor.CheckProgress at)
    {
        if (at.Done == 0 && at.Total == 0)
            return "";
        string Say(long number) => at.InBytes ? Size(number) : Count(number);
        return at.Total == 0 ? Say(at.Done) : $"{Say(at.Done)} of {Say(at.Total)}";
    }

    /// <summary>How the account is called: <c>@handle</c>, or the DID where there is no handle.</summary>
    public static string Account(string? handle, string did) => handle is null ? did : "@" + handle;

    /// <summary>Host and, where it is unusual, port: what people call a server.</summary>
    public static string Server(Uri? server) => server?.Authority ?? "";

    private static string Text(double value) => value.ToString(value < 10 ? "0.0" : "0", CultureInfo.InvariantCulture);

    private static string Unit(int number, string unit) => $"{number} {unit}{(number == 1 ? "" : "s")}";

    private static string Rest(int number, string unit) => number == 0 ? "" : " " + Unit(number, unit);
}
