using System.Text;
using Migrator.Core.AtProto.Encoding;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Encoding;

public class Base32Tests
{
    // RFC 4648 section 10, in lower case and without the padding.
    [Theory]
    [InlineData("", "")]
    [InlineData("f", "my")]
    [InlineData("fo", "mzxq")]
    [InlineData("foo", "mzxw6")]
    [InlineData("foob", "mzxw6yq")]
    [InlineData("fooba", "mzxw6ytb")]
    [InlineData("foobar", "mzxw6ytboi")]
    public void The_examples_of_RFC_4648_hold_both_ways(string plain, string text)
    {
        var bytes = System.Text.Encoding.ASCII.GetBytes(plain);
        Assert.Equal(text, Base32.Encode(bytes));
        var read = new byte[Base32.DecodedLength(text.Length)];
        Assert.True(Base32.TryDecode(text, read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("MY")]
    [InlineData("my======")]
    [InlineData("m1")]
    [InlineData("m8")]
    [InlineData("m y")]
    public void Characters_outside_the_alphabet_are_refused(string text) => Assert.False(Base32.TryDecode(text, new byte[16]));

    [Theory]
    [InlineData("m")]
    [InlineData("mzx")]
    [InlineData("mzxw6y")]
    public void Lengths_that_no_byte_string_has_are_refused(string text) => Assert.False(Base32.TryDecode(text, new byte[16]));

    [Theory]
    [InlineData("mz")]
    [InlineData("mzxr")]
    [InlineData("mzxw7")]
    public void Left_over_bits_that_are_not_zero_are_refused(string text) => Assert.False(Base32.TryDecode(text, new byte[16]));

    [Fact]
    public void Every_length_round_trips()
    {
        var random = new Random(7);
        for (var n = 0; n < 100; n++)
        {
            var bytes = new byte[n];
            random.NextBytes(bytes);
            var read = new byte[n];
            Assert.True(Base32.TryDecode(Base32.Encode(bytes), read));
            Assert.Equal(bytes, read);
        }
    }

    [Fact]
    public void A_small_destination_is_refused()
    {
        Assert.False(Base32.TryDecode("mzxw6ytboi", new byte[5]));
        Assert.Throws<ArgumentException>(() => Base32.Encode(new byte[5], new char[7]));
    }
}
