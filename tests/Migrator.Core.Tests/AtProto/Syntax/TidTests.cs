using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Syntax;

public class TidTests
{
    [Fact]
    public void A_known_tid_holds_its_time()
    {
        // The bits, worked out by hand from the alphabet: 3 = 1, j = 15, z = 31, f = 11, c = 8, i = 14, p = 21, 2 = 0, a = 6.
        var tid = Tid.Parse("3jzfcijpj2z2a");
        Assert.Equal(6, tid.ClockId & 31);
        Assert.Equal(2023, tid.Time.Year);
        Assert.Equal(tid, Tid.FromTime(tid.Time, tid.ClockId));
    }

    [Fact]
    public void Zero_is_written_with_twos()
    {
        Assert.Equal("2222222222222", default(Tid).ToString());
        Assert.Equal(0UL, Tid.Parse("2222222222222").Value);
        Assert.Equal("2222222222222", Tid.FromTime(DateTimeOffset.UnixEpoch, 0).ToString());
    }

    [Fact]
    public void The_order_of_the_text_is_the_order_of_the_time()
    {
        var start = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(5));
        var random = new Random(13);
        var tids = Enumerable.Range(0, 500).Select(_ => Tid.FromTime(start.AddSeconds(random.Next()), random.Next(1024))).ToList();
        Assert.Equal(tids.Order().Select(t => t.ToString()), tids.Select(t => t.ToString()).Order(StringComparer.Ordinal));
        Assert.All(tids, t => Assert.Equal(t, Tid.Parse(t.ToString())));
        Assert.True(Tid.FromTime(start, 1) < Tid.FromTime(start, 2));
    }

    [Fact]
    public void The_highest_tid_fits_in_64_bits()
    {
        Assert.Equal(ulong.MaxValue, Tid.Parse("jzzzzzzzzzzzz").Value);
        Assert.False(Tid.TryParse("k222222222222", out _));
    }

    [Fact]
    public void Times_and_clock_ids_out_of_range_are_our_bug()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Tid.FromTime(DateTimeOffset.UnixEpoch.AddTicks(-1), 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Tid.FromTime(new DateTimeOffset(2300, 1, 1, 0, 0, 0, TimeSpan.Zero), 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Tid.FromTime(DateTimeOffset.UnixEpoch, 1024));
        Assert.Throws<ArgumentOutOfRangeException>(() => Tid.FromTime(DateTimeOffset.UnixEpoch, -1));
    }
}
