using Migrator.Core.Drills;

namespace Migrator.Jobs.Drills;

/// <param name="Why"><c>person</c> or <c>schedule</c>.</param>
/// <param name="Message">What came of it, or what it waits for, in a sentence or two; null while there is nothing to say.</param>
/// <param name="SnapshotId">As the snapshots of backups are numbered; it may be deleted since.</param>
/// <param name="VaultName">Null: the vault was forgotten since.</param>
/// <param name="Progress">While it runs.</param>
/// <param name="Summary">What was proven; null before the end, and where nothing was looked at.</param>
/// <param name="Report">The whole report; left out of lists.</param>
public sealed record DrillView(
    string Id,
    string AccountId,
    string Did,
    string? Handle,
    string Why,
    DrillKeySource KeyFrom,
    DrillState State,
    string? Message,
    string SnapshotId,
    DateTimeOffset TakenAt,
    string? VaultName,
    DateTimeOffset AskedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    DrillProgressView? Progress,
    DrillSummary? Summary,
    DrillReport? Report)
{
    public bool IsOver => EndedAt is not null;
}

/// <param name="Title">What is being done.</param>
/// <param name="Total">Null where it is not known.</param>
public sealed record DrillProgressView(string Title, long Done, long? Total, DateTimeOffset At);

/// <summary>What a report says in short.</summary>
/// <param name="WhyNotDeeper">Why no server was used; null when one was.</param>
/// <param name="Findings">How many things are wrong.</param>
public sealed record DrillSummary(DrillDepth Depth, string? WhyNotDeeper, DrillCounts Counts, int Findings)
{
    /// <summary>Of records and files together, 0 to 100, rounded down: 100 only when nothing is missing.</summary>
    public int Percent
    {
        get
        {
            var total = Counts.RecordsTotal + Counts.BlobsTotal;
            if (total == 0)
                return Depth == DrillDepth.None ? 0 : 100;
            return (int)((Counts.Records + Counts.Blobs) * 100m / total);
        }
    }

    public static DrillSummary Of(DrillReport report) =>
        new(report.Depth, report.WhyNotDeeper, report.Counts, report.Findings.Count + report.FindingsNotListed);
}

/// <summary>How an account stands with its drills.</summary>
/// <param name="LastProven">The newest drill that proved everything; null: never.</param>
/// <param name="Last">The newest that is over, however it ended.</param>
/// <param name="Open">The one that waits or runs.</param>
/// <param name="EscrowedAt">Since when the key is kept here; null: it is not.</param>
/// <param name="NextAt">The next drill that begins by itself; null: none does.</param>
/// <param name="IsDue">One is wanted by now, and only a person can begin it: the key is not here.</param>
public sealed record DrillStanding(
    string AccountId,
    string Did,
    string? Handle,
    DrillView? LastProven,
    DrillView? Last,
    DrillView? Open,
    DrillEvery Every,
    DateTimeOffset? EscrowedAt,
    DateTimeOffset? NextAt,
    bool IsDue);
