using System.Globalization;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Engine;
using Xunit;

namespace Migrator.Jobs.Tests.Backups;

public sealed class PlanScheduleTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
    private static readonly TimeZoneInfo NewYork = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");

    [Theory]
    [InlineData("30 3 * * *", "2026-11-22T00:00:00Z", "2026-11-22T02:30:00Z")]
    [InlineData("0 0 1 * *", "2026-11-22T00:00:00Z", "2026-11-30T23:00:00Z")]
    [InlineData("0 12 * * 1-5", "2026-11-20T11:00:00Z", "2026-11-23T11:00:00Z")]
    [InlineData("0 12 * * 0", "2026-11-20T11:00:00Z", "2026-11-22T11:00:00Z")]
    [InlineData("0 12 * * 7", "2026-11-20T11:00:00Z", "2026-11-22T11:00:00Z")]
    [InlineData("*/20 * * * *", "2026-11-20T11:05:00Z", "2026-11-20T11:20:00Z")]
    [InlineData("0 0 13 * 5", "2026-11-14T00:00:00Z", "2026-11-19T23:00:00Z")]
    public void Cron_times_are_those_of_the_zone(string cron, string after, string next) =>
        Assert.Equal(Time(next), Cron(cron, Berlin).NextAfter(Time(after)));

    [Theory]
    [InlineData("")]
    [InlineData("* * * *")]
    [InlineData("0 0 3 * * ?")]
    [InlineData("60 3 * * *")]
    [InlineData("30 24 * * *")]
    [InlineData("30 3 * * MONDAY")]
    [InlineData("@daily")]
    [InlineData("0 3 L * *")]
    [InlineData("0 3 * * 5#2")]
    [InlineData("H 3 * * *")]
    public void What_is_no_cron_line_of_five_fields_is_refused(string text) => Assert.False(CronTimes.IsCron(text));

    [Theory]
    [InlineData("30 3 * * *")]
    [InlineData("0,30 0-6/2 1,15 JAN-MAR MON")]
    [InlineData("  5   4 * *   sun ")]
    public void Lists_ranges_steps_and_names_are_taken(string text) => Assert.True(CronTimes.IsCron(text));

    [Fact]
    public void A_time_that_the_clock_jumps_over_is_not_missed_that_day()
    {
        // 29 March 2026: 02:00 becomes 03:00 in Berlin; 02:30 does not exist.
        var next = Cron("30 2 * * *", Berlin).NextAfter(Time("2026-03-28T12:00:00Z"));

        Assert.InRange(next, Time("2026-03-29T01:00:00Z"), Time("2026-03-29T01:30:00Z"));
        Assert.Equal(Time("2026-03-30T00:30:00Z"), Cron("30 2 * * *", Berlin).NextAfter(next));
    }

    [Fact]
    public void A_time_that_comes_twice_counts_once()
    {
        // 25 October 2026: 03:00 becomes 02:00 in Berlin; 02:30 comes twice.
        var schedule = Cron("30 2 * * *", Berlin);
        var first = schedule.NextAfter(Time("2026-10-24T12:00:00Z"));

        Assert.Equal(new DateOnly(2026, 10, 25), DateOnly.FromDateTime(first.UtcDateTime));
        Assert.Equal(Time("2026-10-26T01:30:00Z"), schedule.NextAfter(first));
    }

    [Fact]
    public void A_year_of_days_has_a_time_for_each_in_every_zone()
    {
        foreach (var zone in new[] { Berlin, NewYork, TimeZoneInfo.Utc })
        {
            var at = Time("2026-01-01T12:00:00Z");
            var days = new HashSet<DateOnly>();
            for (var i = 0; i < 365; i++)
            {
                at = Cron("30 2 * * *", zone).NextAfter(at);
                Assert.True(days.Add(DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).Date)));
            }

            Assert.Equal(365, days.Count);
            Assert.Equal(new DateOnly(2027, 1, 1), days.Max());
        }
    }

    [Fact]
    public void Every_so_many_hours_counts_from_the_anchor_and_makes_up_for_nothing()
    {
        var schedule = new PlanSchedule(6, null, TimeZoneInfo.Utc, 0, Time("2026-11-01T01:15:00Z"));

        Assert.Equal(Time("2026-11-22T07:15:00Z"), schedule.NextAfter(Time("2026-11-22T01:15:00Z")));
        Assert.Equal(Time("2026-11-22T07:15:00Z"), schedule.NextAfter(Time("2026-11-22T07:14:59Z")));
        Assert.Equal(Time("2026-11-22T01:15:00Z"), schedule.LastAtOrBefore(Time("2026-11-22T07:14:59Z")));
        Assert.Equal(Time("2026-11-22T07:15:00Z"), schedule.LastAtOrBefore(Time("2026-11-22T07:15:00Z")));
    }

    [Theory]
    [InlineData("2026-11-22T02:30:00Z", "2026-11-22T02:30:00Z")]
    [InlineData("2026-11-22T02:30:00.4Z", "2026-11-22T02:30:00Z")]
    [InlineData("2026-11-22T02:29:59.6Z", "2026-11-21T02:30:00Z")]
    public void The_newest_time_of_a_cron_line_is_not_after_the_moment(string moment, string last) =>
        Assert.Equal(Time(last), Cron("30 3 * * *", Berlin).LastAtOrBefore(Time(moment)));

    [Fact]
    public void Jitter_is_always_the_same_for_an_account_and_spreads_them_evenly()
    {
        var schedule = new PlanSchedule(1, null, TimeZoneInfo.Utc, 60, Time("2026-11-01T00:00:00Z"));
        var offsets = Enumerable.Range(0, 600).Select(_ => Guid.NewGuid().ToString("N")).Select(id => (id, At: schedule.JitterOf(id))).ToList();

        Assert.All(offsets, one => Assert.Equal(one.At, schedule.JitterOf(one.id)));
        Assert.All(offsets, one => Assert.InRange(one.At, TimeSpan.Zero, TimeSpan.FromMinutes(60)));
        Assert.All(
            offsets.GroupBy(one => (int)(one.At.TotalMinutes / 10.001)), decade => Assert.InRange(decade.Count(), 50, 160));
    }

    private static PlanSchedule Cron(string line, TimeZoneInfo zone) => new(null, line, zone, 0, DateTimeOffset.UnixEpoch);

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
