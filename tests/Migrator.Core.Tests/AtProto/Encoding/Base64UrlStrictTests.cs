using Migrator.Core.AtProto.Encoding;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Encoding;

public class Base64UrlStrictTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("66", "Zg")]
    [InlineData("666F", "Zm8")]
    [InlineData("666F6F", "Zm9v")]
    [InlineData("FBFF", "-_8")]
    public void Known_pairs_hold_both_ways(string hex, string text)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.Equal(text, Base64UrlStrict.Encode(bytes));
        Assert.True(Base64UrlStrict.TryDecode(text, 64, out var read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("Zg==")]
    [InlineData("Zm8=")]
    [InlineData("Zm9v\n")]
    [InlineData(" Zm9v")]
    [InlineData("Zm\n9v")]
    [InlineData("+/8")]
    [InlineData("Z")]
    [InlineData("Zm9vZ")]
    public void Padding_space_and_the_other_alphabet_are_refused(string text) =>
        Assert.False(Base64UrlStrict.TryDecode(text, 64, out _));

    [Theory]
    [InlineData("Zh")]
    [InlineData("Zv")]
    [InlineData("Zm9")]
    [InlineData("Zm-")]
    [InlineData("Zm_")]
    public void Set_bits_after_the_last_byte_are_refused(string text) => Assert.False(Base64UrlStrict.TryDecode(text, 64, out _));

    [Fact]
    public void Only_one_text_decodes_to_a_given_byte()
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        var accepted = alphabet.SelectMany(a => alphabet.Select(b => $"{a}{b}"))
            .Where(t => Base64UrlStrict.TryDecode(t, 1, out _)).ToList();
        Assert.Equal(256, accepted.Count);
    }

    [Fact]
    public void More_bytes_than_asked_for_are_refused()
    {
        Assert.True(Base64UrlStrict.TryDecode("Zm9v", 3, out _));
        Assert.False(Base64UrlStrict.TryDecode("Zm9v", 2, out _));
    }
}
