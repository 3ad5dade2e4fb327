using FsCheck;
using FsCheck.Fluent;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Backups;
using Xunit;

namespace Migrator.Core.Tests.Backups;

public class RetentionPlanTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeZoneInfo Vienna = TimeZoneInfo.FindSystemTimeZoneById("Europe/Vienna");
    private static readonly Cid AnyCid = Cid.ForRaw([]);

    [Fact]
    public void The_newest_of_each_day_is_kept_by_the_days_of_the_zone()
    {
        // 23:30 UTC is half past midnight of the next day in Vienna.
        var snapshots = new[] { At(-1, 22, 0), At(-1, 23, 30), At(0, 1, 0), At(-2, 12, 0), At(-3, 12, 0) };
        var decision = RetentionPlan.Decide(new RetentionRules(Daily: 2), snapshots, Now, Vienna);
        Assert.Equal([At(0, 1, 0).Name, At(-1, 22, 0).Name], decision.Kept.Select(kept => kept.Snapshot.Name));
        Assert.Equal(["newest verified", "newest of 2026-11-22"], decision.Kept[0].Reasons);
        Assert.Equal(3, decision.Removed.Count);
    }

    [Fact]
    public void Days_without_a_snapshot_use_up_no_place()
    {
        var snapshots = new[] { At(0, 8, 0), At(-10, 8, 0), At(-20, 8, 0), At(-30, 8, 0) };
        Assert.Equal(3, RetentionPlan.Decide(new RetentionRules(Daily: 3), snapshots, Now, TimeZoneInfo.Utc).Kept.Count);
    }

    [Fact]
    public void Without_rules_nothing_is_removed() =>
        Assert.Empty(RetentionPlan.Decide(new RetentionRules(), [At(0, 1, 0), At(-999, 1, 0)], Now, TimeZoneInfo.Utc).Removed);

    [Fact]
    public void A_snapshot_from_the_future_pushes_no_other_out_and_stays()
    {
        var future = At(40, 1, 0);
        var decision = RetentionPlan.Decide(new RetentionRules(Last: 1), [future, At(0, 1, 0), At(-1, 1, 0)], Now, TimeZoneInfo.Utc);
        Assert.Equal([future.Name, At(0, 1, 0).Name], decision.Kept.Select(kept => kept.Snapshot.Name));
    }

    [Fact]
    public void A_sudden_shrink_freezes_everything_until_it_is_accepted()
    {
        var shrunk = At(0, 1, 0) with { Shrink = "3 records instead of 900" };
        var snapshots = new[] { shrunk, At(-1, 1, 0), At(-2, 1, 0) };
        var frozen = RetentionPlan.Decide(new RetentionRules(Last: 1), snapshots, Now, TimeZoneInfo.Utc);
        Assert.Empty(frozen.Removed);
        Assert.Contains("3 records instead of 900", frozen.Frozen, StringComparison.Ordinal);
        snapshots[0] = shrunk with { ShrinkAccepted = true };
        Assert.Equal(2, RetentionPlan.Decide(new RetentionRules(Last: 1), snapshots, Now, TimeZoneInfo.Utc).Removed.Count);
    }

    [Fact]
    public void A_shrunk_snapshot_that_a_fast_clock_dated_freezes_everything_too()
    {
        var snapshots = new[] { At(40, 1, 0) with { Shrink = "3 records instead of 900" }, At(-1, 1, 0), At(-2, 1, 0) };
        var decision = RetentionPlan.Decide(new RetentionRules(Last: 1), snapshots, Now, TimeZoneInfo.Utc);
        Assert.Empty(decision.Removed);
        Assert.NotNull(decision.Frozen);
    }

    [Fact]
    public void A_damaged_snapshot_does_not_take_the_place_of_a_good_one()
    {
        var snapshots = new[] { At(0, 9, 0) with { Damage = "rotten" }, At(0, 8, 0), At(-1, 8, 0) };
        var decision = RetentionPlan.Decide(new RetentionRules(Daily: 1), snapshots, Now, TimeZoneInfo.Utc);
        Assert.Equal([At(0, 9, 0).Name, At(0, 8, 0).Name], decision.Kept.Select(kept => kept.Snapshot.Name));
    }

    [Fact]
    public void When_no_snapshot_is_known_to_be_good_none_is_removed()
    {
        var snapshots = new[] { At(0, 9, 0) with { Damage = "rotten" }, At(-1, 8, 0) with { Damage = "rotten" } };
        var decision = RetentionPlan.Decide(new RetentionRules(Last: 1), snapshots, Now, TimeZoneInfo.Utc);
        Assert.Empty(decision.Removed);
        Assert.NotNull(decision.Frozen);
    }

    [Fact]
    public void Whatever_comes_the_decision_keeps_its_promises() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(2000),
        Prop.ForAll(Arb.From(Snapshots), Arb.From(Rules), (snapshots, rules) =>
        {
            var decision = RetentionPlan.Decide(rules, snapshots, Now, Vienna);
            var removed = decision.Removed.Select(snapshot => snapshot.Name).ToHashSet();
            var trusted = snapshots.Where(s => s.TakenAt <= Now + RetentionPlan.ClockTolerance && s.Stage == SnapshotStage.Complete).ToList();
            var healthy = trusted.Where(s => s.Damage is null).OrderByDescending(s => s.TakenAt).ThenByDescending(s => s.Name, StringComparer.Ordinal).ToList();

            // Each snapshot is kept or removed, never both, never neither.
            Assert.Equal(snapshots.Count, decision.Kept.Count + decision.Removed.Count);
            Assert.DoesNotContain(decision.Kept, kept => removed.Contains(kept.Snapshot.Name) || kept.Reasons.Count == 0);
            // What must never go.
            Assert.DoesNotContain(decision.Removed, s => s.Pinned || s.Stage != SnapshotStage.Complete || s.TakenAt > Now + RetentionPlan.ClockTolerance);
            if (healthy.Find(s => s.VerifiedAt is not null) is { } verified) Assert.DoesNotContain(verified.Name, removed);
            if (trusted.Exists(s => s is { Shrink: not null, ShrinkAccepted: false })) Assert.Empty(removed);
            // What every rule asks for.
            Assert.DoesNotContain(healthy.Take(rules.Last), s => removed.Contains(s.Name));
            Holds(rules.Daily, time => time.ToString("yyyyMMdd"));
            Holds(rules.Hourly, time => time.ToString("yyyyMMddHH"));
            Holds(rules.Monthly, time => time.ToString("yyyyMM"));
            Holds(rules.Yearly, time => time.ToString("yyyy"));
            // The order of the input does not matter.
            var again = RetentionPlan.Decide(rules, [.. snapshots.Reverse()], Now, Vienna);
            Assert.Equal(decision.Removed.Select(s => s.Name), again.Removed.Select(s => s.Name));

            void Holds(int count, Func<DateTime, string> period)
            {
                var newest = healthy.GroupBy(s => period(TimeZoneInfo.ConvertTime(s.TakenAt, Vienna).DateTime)).Take(count).Select(group => group.First());
                Assert.DoesNotContain(newest, s => removed.Contains(s.Name));
            }
        }));

    private static Gen<RetentionRules> Rules =>
        from last in Gen.Choose(0, 4)
        from hourly in Gen.Choose(0, 5)
        from daily in Gen.Choose(0, 5)
        from weekly in Gen.Choose(0, 3)
        from monthly in Gen.Choose(0, 3)
        from yearly in Gen.Choose(0, 2)
        select new RetentionRules(last, hourly, daily, weekly, monthly, yearly);

    private static Gen<IReadOnlyList<SnapshotSummary>> Snapshots =>
        from items in Snapshot.ListOf()
        select (IReadOnlyList<SnapshotSummary>)[.. items.DistinctBy(s => s.Name)];

    private static Gen<SnapshotSummary> Snapshot =>
        from minutes in Gen.OneOf(Gen.Choose(-5000, 300), Gen.Choose(-2_000_000, 0))
        from flags in Gen.Choose(0, 1023)
        select Make(Now.AddMinutes(minutes)) with
        {
            Pinned = (flags & 7) == 0,
            Damage = (flags & 24) == 0 ? "rotten" : null,
            VerifiedAt = (flags & 96) == 0 ? null : Now,
            Stage = (flags & 896) == 0 ? SnapshotStage.Writing : (flags & 896) == 128 ? SnapshotStage.Deleting : SnapshotStage.Complete,
            Shrink = flags == 1000 ? "less" : null,
        };

    private static SnapshotSummary At(int day, int hour, int minute) => Make(Now.Date.AddDays(day).AddHours(hour).AddMinutes(minute));

    private static SnapshotSummary Make(DateTimeOffset at) => new(
        "account", $"{at:yyyyMMddHHmm}", at, Did.Parse("did:web:example.com"), null, new Uri("https://pds.example.com"), "rev", AnyCid, AnyCid,
        1, 0, 0, 0, false, "mark", [], 0, 0, null)
    { Stage = SnapshotStage.Complete, VerifiedAt = at };
}
