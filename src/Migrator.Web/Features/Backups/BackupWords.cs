using Migrator.Jobs.Backups;

namespace Migrator.Web.Features.Backups;

/// <summary>States of backups in plain words and in the colours of tags.</summary>
internal static class BackupWords
{
    public static string Of(BackupHealth health) => health switch
    {
        BackupHealth.Unplanned => "Not in a plan",
        BackupHealth.Paused => "Paused",
        BackupHealth.Gone => "Account gone",
        BackupHealth.NeedsYou => "Needs you",
        BackupHealth.Damaged => "Damaged",
        BackupHealth.Late => "Late",
        BackupHealth.Failing => "Failed, tries again",
        BackupHealth.Waiting => "Waiting",
        BackupHealth.Running => "Under way",
        BackupHealth.New => "First one to come",
        _ => "Good",
    };

    public static string Tag(BackupHealth health) => health switch
    {
        BackupHealth.Good => "good",
        BackupHealth.Running or BackupHealth.New => "run",
        BackupHealth.Waiting => "wait",
        BackupHealth.NeedsYou => "you",
        BackupHealth.Damaged or BackupHealth.Late or BackupHealth.Failing or BackupHealth.Gone => "bad",
        _ => "calm",
    };

    public static string Of(BackupRunOutcome outcome) => outcome switch
    {
        BackupRunOutcome.Running => "Under way",
        BackupRunOutcome.Stored => "Stored",
        BackupRunOutcome.Unchanged => "Nothing new",
        BackupRunOutcome.Waiting => "Waits",
        BackupRunOutcome.Failed => "Failed",
        BackupRunOutcome.NeedsPerson => "Needs you",
        BackupRunOutcome.AccountGone => "Account gone",
        BackupRunOutcome.Shrunk => "Stored, but much smaller",
        _ => "Interrupted",
    };

    public static string Of(SnapshotView snapshot) => snapshot.Standing switch
    {
        SnapshotStanding.Damaged => "Damaged",
        SnapshotStanding.Deleting => "Being deleted",
        _ => Of(snapshot.Depth),
    };

    public static string Of(VerifiedDepth depth) => depth switch
    {
        VerifiedDepth.Written => "Checked when written",
        VerifiedDepth.Present => "All parts there",
        VerifiedDepth.Stored => "Every byte read again",
        _ => "Opened and proven",
    };

    public static string Tag(SnapshotView snapshot) => snapshot.Standing switch
    {
        SnapshotStanding.Damaged => "bad",
        SnapshotStanding.Deleting => "calm",
        _ => snapshot.Depth is VerifiedDepth.Written or VerifiedDepth.Present ? "run" : "good",
    };

    public static string Why(string why) => why switch
    {
        "schedule" => "On schedule",
        "person" => "You asked",
        "first" => "First backup",
        "late" => "Made up for a missed one",
        "retry" => "Tried again",
        _ => why,
    };

    public static string Of(RetentionView rules)
    {
        if (rules.KeepsAll)
            return "Keep every snapshot";
        (int Number, string What)[] parts =
        [
            (rules.Last, "newest"), (rules.Hourly, "hourly"), (rules.Daily, "daily"), (rules.Weekly, "weekly"), (rules.Monthly, "monthly"), (rules.Yearly, "yearly"),
        ];
        return "Keep " + string.Join(", ", parts.Where(part => part.Number > 0).Select(part => $"{part.Number} {part.What}"));
    }

    public static string Short(string did) => did.Length > 28 ? did[..18] + "…" + did[^6..] : did;
}
