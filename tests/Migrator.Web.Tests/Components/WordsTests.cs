using Migrator.Web.Components;
using Migrator.Web.Tests.Hosting;

namespace Migrator.Web.Tests.Components;

public sealed class WordsTests
{
    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(999, "999 bytes")]
    [InlineData(1_000, "1.0 kB")]
    [InlineData(52_428_800, "52 MB")]
    [InlineData(4_100_000_000, "4.1 GB")]
    [InlineData(41_000_000_000, "41 GB")]
    public void Sizes_are_decimal(long bytes, string expected) => Assert.Equal(expected, Words.Size(bytes));

    [Theory]
    [InlineData(-5, "just now")]
    [InlineData(5, "in a moment")]
    [InlineData(-45, "45 seconds ago")]
    [InlineData(-60, "1 minute ago")]
    [InlineData(1500, "in 25 minutes")]
    [InlineData(-4800, "1 hour 20 minutes ago")]
    [InlineData(-180_000, "2 days 2 hours ago")]
    public void Times_are_told_from_now(int seconds, string expected) => Assert.Equal(expected, Words.Relative(Sample.Now.AddSeconds(seconds), Sample.Now));

    [Fact]
    public void Absolute_times_name_their_zone()
    {
        Assert.Equal("14:00, 22 Nov 2026 (UTC)", Words.Absolute(Sample.Now, TimeZoneInfo.Utc));
        var zone = TimeZoneInfo.CreateCustomTimeZone("x", TimeSpan.FromMinutes(330), "x", "x");
        Assert.Equal("19:30, 22 Nov 2026 (UTC+05:30)", Words.Absolute(Sample.Now, zone));
    }
}
