using Migrator.Jobs.Drills;
using Xunit;

namespace Migrator.Jobs.Tests.Drills;

public sealed class DrillScheduleTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
    private static readonly DateTimeOffset Start = new(2026, 1, 15, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Every_account_has_its_own_night_and_keeps_it_over_changes_of_the_clocks()
    {
        var days = new HashSet<DayOfWeek>();
        for (var account = 0; account < 40; account++)
        {
            var at = DrillSchedule.NextAfter(DrillEvery.Weekly, $"account {account}", Berlin, Start)!.Value;
            var first = TimeZoneInfo.ConvertTime(at, Berlin);
            days.Add(first.DayOfWeek);
            for (var week = 0; week < 60; week++)
            {
                var local = TimeZoneInfo.ConvertTime(at, Berlin);
                // In the night of the change, 02:xx does not exist: then it is as much after three.
                Assert.InRange(local.TimeOfDay, TimeSpan.FromHours(2), TimeSpan.FromHours(7));
                Assert.Equal(first.DayOfWeek, local.DayOfWeek);
                at = DrillSchedule.NextAfter(DrillEvery.Weekly, $"account {account}", Berlin, at)!.Value;
            }
        }

        Assert.Equal(7, days.Count);
    }

    [Fact]
    public void Monthly_is_a_day_that_every_month_has_and_off_is_never()
    {
        for (var account = 0; account < 40; account++)
        {
            var at = Start;
            for (var month = 0; month < 12; month++)
            {
                var next = DrillSchedule.NextAfter(DrillEvery.Monthly, $"account {account}", TimeZoneInfo.Utc, at)!.Value;
                Assert.InRange(next - at, TimeSpan.FromMinutes(1), TimeSpan.FromDays(31));
                Assert.InRange(next.Day, 1, 28);
                at = next;
            }
        }

        Assert.Null(DrillSchedule.NextAfter(DrillEvery.Off, "account", TimeZoneInfo.Utc, Start));
    }

    [Fact]
    public void Between_the_beginning_of_the_night_and_the_accounts_minute_tonight_is_still_to_come()
    {
        var at = DrillSchedule.NextAfter(DrillEvery.Weekly, "account", TimeZoneInfo.Utc, Start)!.Value;

        Assert.Equal(at, DrillSchedule.NextAfter(DrillEvery.Weekly, "account", TimeZoneInfo.Utc, at.AddSeconds(-1)));
        Assert.Equal(at.AddDays(7), DrillSchedule.NextAfter(DrillEvery.Weekly, "account", TimeZoneInfo.Utc, at.AddSeconds(1)));
    }
}
