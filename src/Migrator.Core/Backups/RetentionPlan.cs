using System.Globalization;

namespace Migrator.Core.Backups;

/// <summary>
/// Decides what to keep. Pure: the same input gives the same answer, and nothing is deleted here. Meant for all snapshots of one account
/// in one vault, over all of its folders.
/// </summary>
/// <remarks>
/// Beyond the rules: pinned snapshots stay; the newest verified one stays, and the one that was made last, whatever its date; what is
/// being written or is already marked for deletion is left alone; a snapshot dated later than now (a clock was wrong) is neither removed
/// nor counted by any rule, so it cannot push others out; the rules are applied once to all snapshots and once to the undamaged ones, so
/// that a damaged one never takes the place of a good one; and nothing at all is removed while a sudden shrink is not accepted by a
/// person, or while no snapshot is known to be good.
/// </remarks>
public static class RetentionPlan
{
    /// <summary>Clocks of two machines differ a little; only beyond this a date is in the future.</summary>
    public static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(10);

    /// <param name="rules">What a person asked for.</param>
    /// <param name="snapshots">In any order, of any stage.</param>
    /// <param name="now">By the clock of the service.</param>
    /// <param name="zone">In which a day begins.</param>
    public static RetentionDecision Decide(
        RetentionRules rules, IReadOnlyCollection<SnapshotSummary> snapshots, DateTimeOffset now, TimeZoneInfo zone)
    {
        var ordered = snapshots.OrderByDescending(snapshot => snapshot.TakenAt)
            .ThenByDescending(snapshot => snapshot.Name, StringComparer.Ordinal);
        var reasons = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var judged = new List<SnapshotSummary>();
        var all = ordered.ToList();
        foreach (var snapshot in all)
        {
            if (snapshot.TakenAt > now + ClockTolerance) Keep(snapshot, "dated in the future: a clock was wrong, so it is left alone");
            else if (snapshot.Stage == SnapshotStage.Writing) Keep(snapshot, "being written");
            else if (snapshot.Stage != SnapshotStage.Complete) Keep(snapshot, "being deleted");
            else judged.Add(snapshot);
            if (snapshot.Pinned) Keep(snapshot, "pinned");
        }
        if (judged.Find(snapshot => snapshot.VerifiedAt is not null && snapshot.Damage is null) is { } verified)
            Keep(verified, "newest verified");
        foreach (var folder in judged.GroupBy(snapshot => snapshot.AccountId, StringComparer.Ordinal))
        {
            // It alone has the account as it was seen last; by its date it would be the first to go.
            var last = folder.MaxBy(snapshot => snapshot.Number)!;
            if (folder.Any(other => other.Number < last.Number && other.TakenAt > last.TakenAt))
                Keep(last, "made last, though a clock that was wrong dates it earlier");
        }
        if (rules.KeepsEverything) judged.ForEach(snapshot => Keep(snapshot, "no rule removes any"));
        ApplyRules(judged);
        ApplyRules(judged.FindAll(snapshot => snapshot.Damage is null));

        var removed = judged.FindAll(snapshot => !reasons.ContainsKey(snapshot.Name));
        var frozen = removed.Count > 0 ? FindFreeze(all, judged) : null;
        if (frozen is not null) removed.ForEach(snapshot => Keep(snapshot, "nothing is deleted at present"));
        return new RetentionDecision(
            [.. all.Where(snapshot => reasons.ContainsKey(snapshot.Name))
                .Select(snapshot => new KeptSnapshot(snapshot, reasons[snapshot.Name]))],
            frozen is null ? removed : [], frozen);

        void Keep(SnapshotSummary snapshot, string reason)
        {
            if (!reasons.TryGetValue(snapshot.Name, out var list)) reasons[snapshot.Name] = list = [];
            if (!list.Contains(reason)) list.Add(reason);
        }

        void ApplyRules(List<SnapshotSummary> newestFirst)
        {
            for (var i = 0; i < Math.Min(rules.Last, newestFirst.Count); i++) Keep(newestFirst[i], $"one of the newest {rules.Last}");
            ApplyPeriods(newestFirst, rules.Hourly, time => time.ToString("yyyy-MM-dd HH:00", CultureInfo.InvariantCulture));
            ApplyPeriods(newestFirst, rules.Daily, time => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
            ApplyPeriods(newestFirst, rules.Weekly, time =>
                string.Create(CultureInfo.InvariantCulture, $"week {ISOWeek.GetYear(time)}-{ISOWeek.GetWeekOfYear(time):00}"));
            ApplyPeriods(newestFirst, rules.Monthly, time => time.ToString("yyyy-MM", CultureInfo.InvariantCulture));
            ApplyPeriods(newestFirst, rules.Yearly, time => time.ToString("yyyy", CultureInfo.InvariantCulture));
        }

        void ApplyPeriods(List<SnapshotSummary> newestFirst, int count, Func<DateTime, string> periodOf)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var snapshot in newestFirst)
            {
                // The hour that comes twice when the clocks go back is one hour here: at worst one snapshot fewer is kept by "hourly".
                var period = periodOf(TimeZoneInfo.ConvertTime(snapshot.TakenAt, zone).DateTime);
                if (seen.Count >= count && !seen.Contains(period)) break;
                if (seen.Add(period)) Keep(snapshot, $"newest of {period}");
            }
        }
    }

    private static string? FindFreeze(List<SnapshotSummary> all, List<SnapshotSummary> judged)
    {
        if (all.Find(snapshot => snapshot is { Shrink: not null, ShrinkAccepted: false }) is { } shrunk)
        {
            return string.Create(CultureInfo.InvariantCulture,
                $"The snapshot of {shrunk.TakenAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC is suddenly smaller ({shrunk.Shrink}). ")
                + "Until you say that this was meant, no snapshot is deleted.";
        }
        return judged.Exists(snapshot => snapshot.VerifiedAt is not null && snapshot.Damage is null)
            ? null
            : "No snapshot is known to be whole, so none is deleted. The next backup makes a new one.";
    }
}
