using Migrator.Core.Drills;
using Migrator.Jobs.Drills;
using Migrator.Web.Components;

namespace Migrator.Web.Features.Drills;

/// <summary>Drills in plain words and in the colours of tags.</summary>
internal static class DrillWords
{
    public static string Of(DrillState state) => state switch
    {
        DrillState.Queued => "Waits for its turn",
        DrillState.Running => "Under way",
        DrillState.Proven => "Proven",
        DrillState.NotProven => "Not brought to its end",
        DrillState.Damaged => "Damage found",
        DrillState.CouldNotRun => "Could not be made",
        _ => state.ToString(),
    };

    public static string Tag(DrillState state) => state switch
    {
        DrillState.Proven => "good",
        DrillState.Damaged => "bad",
        DrillState.NotProven or DrillState.CouldNotRun => "you",
        DrillState.Queued => "wait",
        _ => "run",
    };

    public static string Why(string why) => why == "schedule" ? "By itself, on schedule" : "You asked";

    public static string Of(DrillEvery every) => every switch
    {
        DrillEvery.Weekly => "Every week",
        DrillEvery.Monthly => "Every month",
        _ => "Never",
    };

    /// <summary>"100 % (222 records, 31 files)".</summary>
    public static string Counted(DrillSummary summary) =>
        $"{summary.Percent}\u00a0% ({Words.Count(summary.Counts.Records, "record", "records")}, {Words.Count(summary.Counts.Blobs, "file", "files")})";

    /// <summary>Where it was proven, after a comma.</summary>
    /// <param name="inShort">Of the reason for no server the first sentence only.</param>
    public static string Where(DrillSummary summary, bool inShort = false) => summary.Depth == DrillDepth.Sandbox
        ? "in a sandbox server"
        : $"read and proven without a server{(summary.WhyNotDeeper is { } why ? ": " + (inShort ? First(why) : why) : "")}";

    public static string Of(DrillFindingKind kind) => kind switch
    {
        DrillFindingKind.SnapshotUnreadable => "The snapshot does not open",
        DrillFindingKind.ObjectDamaged => "Stored bytes are damaged",
        DrillFindingKind.ObjectMissing => "Not in the vault",
        DrillFindingKind.Contradiction => "Contradicts itself",
        DrillFindingKind.BlobMissing => "File missing",
        DrillFindingKind.BlobDamaged => "File damaged",
        DrillFindingKind.RecordMissing => "Record missing",
        DrillFindingKind.RecordChanged => "Record is another one",
        DrillFindingKind.RecordExtra => "Record that was not there",
        DrillFindingKind.Preferences => "Settings",
        DrillFindingKind.Identity => "Identity",
        DrillFindingKind.Refused => "Refused by the server",
        _ => kind.ToString(),
    };

    private static string First(string sentences) =>
        sentences.IndexOf(". ", StringComparison.Ordinal) is var end and >= 0 ? sentences[..(end + 1)] : sentences;

    /// <summary>Where a finding is: record, file or object, whichever it names.</summary>
    public static string Place(DrillFinding finding) => finding.Path ?? finding.Cid ?? finding.Object ?? "";
}
