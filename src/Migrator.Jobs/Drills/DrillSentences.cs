using System.Globalization;
using Migrator.Core.Drills;

namespace Migrator.Jobs.Drills;

/// <summary>What a report says, in a sentence or two: for alarms, lists and messages.</summary>
internal static class DrillSentences
{
    public static string Of(DrillReport report) => report.Outcome switch
    {
        DrillOutcome.Proven => $"{Counted(report.Counts)} were {How(report)}: everything is there and right.",
        DrillOutcome.Faulty => $"A drill of the snapshot{Taken(report)} in {report.Vault} found {Wrong(report)} Earlier snapshots are as they were. "
            + "Where a plan covers the account, all stored bytes are read again now, and the next backup stores anew what the server still has. "
            + "Look after the disk or the store that holds the vault.",
        _ => $"The drill could not be brought to its end, which says nothing bad of the backups. {report.Trouble}".TrimEnd(),
    };

    private static string How(DrillReport report) => report.Depth == DrillDepth.Sandbox
        ? "restored into a sandbox server and compared"
        : "opened and proven without a server";

    private static string Counted(DrillCounts counts) =>
        string.Create(CultureInfo.InvariantCulture, $"{counts.Records:N0} records and {counts.Blobs:N0} files");

    private static string Taken(DrillReport report) =>
        report.TakenAt is { } at ? string.Create(CultureInfo.InvariantCulture, $" of {at.UtcDateTime:yyyy-MM-dd HH:mm} UTC") : "";

    private static string Wrong(DrillReport report)
    {
        var number = report.Findings.Count + report.FindingsNotListed;
        var first = report.Findings.Count > 0 ? report.Findings[0].Text : "what is stored is not what was backed up.";
        return number <= 1
            ? $"that it is not whole: {first}"
            : string.Create(CultureInfo.InvariantCulture, $"that it is not whole: {number:N0} things are wrong, the first: {first}");
    }
}
