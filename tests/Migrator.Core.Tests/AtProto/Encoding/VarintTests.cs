using Migrator.Core.AtProto.Encoding;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Encoding;

public class VarintTests
{
    // The examples of the multiformats unsigned-varint text.
    [Theory]
    [InlineData(0UL, "00")]
    [InlineData(1UL, "01")]
    [InlineData(127UL, "7f")]
    [InlineData(128UL, "8001")]
    [InlineData(255UL, "ff01")]
    [InlineData(300UL, "ac02")]
    [InlineData(16384UL, "808001")]
    [InlineData(9223372036854775807UL, "ffffffffffffffff7f")]
    public void Known_numbers_hold_both_ways(ulong value, string hex)
    {
        var bytes = new byte[Varint.LengthOf(value)];
        Assert.Equal(bytes.Length, Varint.Write(bytes, value));
        Assert.Equal(hex, Convert.ToHexStringLower(bytes));
        Assert.Equal(VarintResult.Ok, Varint.Read([.. bytes, 0xff], out var read, out var length));
        Assert.Equal(value, read);
        Assert.Equal(bytes.Length, length);
    }

    [Theory]
    [InlineData("8000")]
    [InlineData("ff00")]
    [InlineData("80808000")]
    public void A_longer_form_of_a_number_is_refused(string hex) =>
        Assert.Equal(VarintResult.NotShortest, Varint.Read(Convert.FromHexString(hex), out _, out _));

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData("ffffffffffffffff")]
    public void An_unfinished_number_is_incomplete(string hex) =>
        Assert.Equal(VarintResult.Incomplete, Varint.Read(Convert.FromHexString(hex), out _, out _));

    [Theory]
    [InlineData("ffffffffffffffffff")]
    [InlineData("ffffffffffffffffff01")]
    [InlineData("80808080808080808001")]
    public void More_than_63_bits_are_refused(string hex)
    {
        Assert.Equal(VarintResult.TooLong, Varint.Read(Convert.FromHexString(hex), out var value, out var length));
        Assert.Equal(0UL, value);
        Assert.Equal(0, length);
    }

    [Fact]
    public void More_than_63_bits_are_never_written() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Varint.Write(new byte[10], 1UL << 63));
}
