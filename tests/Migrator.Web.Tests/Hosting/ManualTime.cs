namespace Migrator.Web.Tests.Hosting;

/// <summary>A clock that a test sets. Timers are the system's: what waits is waited for by events, not by this clock.</summary>
public sealed class ManualTime : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 11, 22, 14, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;
}
