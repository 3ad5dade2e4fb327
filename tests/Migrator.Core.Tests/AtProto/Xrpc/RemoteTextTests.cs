using Migrator.Core.AtProto.Xrpc;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Xrpc;

public sealed class RemoteTextTests
{
    [Theory]
    [InlineData("plain words", "plain words")]
    [InlineData("  two\r\nlines\tand \0 more ", "two lines and more")]
    [InlineData("red \u001b[31mtext", "red [31mtext")]
    [InlineData("a\u202egnp.exe\u2066b", "agnp.exeb")]
    [InlineData("zero\u200bwidth\ufeff", "zerowidth")]
    [InlineData("Grüße, 世界 👋", "Grüße, 世界 👋")]
    [InlineData("<img onerror=x>", "<img onerror=x>")]
    [InlineData("token eyJhbGciOi.J9.abc-_ is bad", "token [token] is bad")]
    [InlineData("eyJa.b eyJc", "[token] [token]")]
    [InlineData("\u0001\u0002", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void A_message_becomes_one_harmless_line(string? text, string? clean) => Assert.Equal(clean, RemoteText.CleanMessage(text));

    [Fact]
    public void A_message_of_a_megabyte_is_cut()
    {
        Assert.Equal(RemoteText.MaxMessage, RemoteText.CleanMessage(new string('x', 1 << 20))!.Length);
        Assert.True(RemoteText.CleanMessage(string.Concat(Enumerable.Repeat("👋", 1000)))!.Length <= RemoteText.MaxMessage);
    }

    [Theory]
    [InlineData("ExpiredToken", true)]
    [InlineData("a.b-c_d9", true)]
    [InlineData("", false)]
    [InlineData("two words", false)]
    [InlineData("<b>", false)]
    [InlineData("é", false)]
    [InlineData(null, false)]
    public void An_error_name_is_a_short_word(string? text, bool kept) => Assert.Equal(kept ? text : null, RemoteText.CleanName(text));

    [Fact]
    public void A_long_error_name_is_dropped() => Assert.Null(RemoteText.CleanName(new string('a', RemoteText.MaxName + 1)));
}
