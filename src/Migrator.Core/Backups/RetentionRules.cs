namespace Migrator.Core.Backups;

/// <summary>
/// Which snapshots to keep: the newest so many, and the newest of each of the latest so many hours, days, weeks (from Monday), months and
/// years that have any. A snapshot stays if any rule asks for it. Without any rule everything stays.
/// </summary>
/// <param name="Last">0 to 10,000, as all others.</param>
public sealed record RetentionRules(int Last = 0, int Hourly = 0, int Daily = 0, int Weekly = 0, int Monthly = 0, int Yearly = 0)
{
    public const int Most = 10_000;

    /// <summary>All of the last three days, then daily for two weeks, weekly for two months, monthly for a year, yearly for ten.</summary>
    public static RetentionRules Usual { get; } = new(Last: 3, Hourly: 72, Daily: 14, Weekly: 8, Monthly: 12, Yearly: 10);

    public bool KeepsEverything => this is { Last: 0, Hourly: 0, Daily: 0, Weekly: 0, Monthly: 0, Yearly: 0 };
}
