using Migrator.Core.AtProto.Encoding;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Encoding;

public class Base58BtcTests
{
    // From the base58 draft of the IETF (draft-msporny-base58), and the empty string.
    [Theory]
    [InlineData("", "")]
    [InlineData("48656C6C6F20576F726C6421", "2NEpo7TZRRrLZSi2U")]
    [InlineData("54686520717569636B2062726F776E20666F78206A756D7073206F76657220746865206C617A7920646F672E",
        "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z")]
    [InlineData("0000287FB4CD", "11233QC4")]
    public void Known_pairs_hold_both_ways(string hex, string text)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.Equal(text, Base58Btc.Encode(bytes));
        Assert.True(Base58Btc.TryDecode(text, out var read));
        Assert.Equal(bytes, read);
    }

    [Fact]
    public void Every_length_round_trips_with_leading_zeros()
    {
        var random = new Random(58);
        for (var length = 0; length <= Base58Btc.MaxBytes; length++)
        {
            var bytes = new byte[length];
            random.NextBytes(bytes.AsSpan(Math.Min(length, length % 4)));
            Assert.True(Base58Btc.TryDecode(Base58Btc.Encode(bytes), out var read));
            Assert.Equal(bytes, read);
        }
    }

    [Fact]
    public void The_largest_input_fits()
    {
        var bytes = new byte[Base58Btc.MaxBytes];
        Array.Fill(bytes, (byte)0xff);
        Assert.True(Base58Btc.TryDecode(Base58Btc.Encode(bytes), out var read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("O")]
    [InlineData("I")]
    [InlineData("l")]
    [InlineData("2NEpo7TZ RRrLZSi2U")]
    [InlineData("2NEpo7TZ+RRrLZSi2U")]
    [InlineData("ż")]
    public void Characters_outside_the_alphabet_are_refused(string text) => Assert.False(Base58Btc.TryDecode(text, out _));

    [Fact]
    public void Long_text_is_refused_before_any_work()
    {
        Assert.False(Base58Btc.TryDecode(new string('2', 100_000), out _));
        Assert.False(Base58Btc.TryDecode(new string('z', 176), out _));
        Assert.False(Base58Btc.TryDecode(new string('1', 129), out _));
        Assert.Throws<ArgumentException>(() => Base58Btc.Encode(new byte[Base58Btc.MaxBytes + 1]));
    }
}
