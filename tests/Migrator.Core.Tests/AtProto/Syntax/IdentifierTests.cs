using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Syntax;

/// <summary>What holds for all identifier types alike.</summary>
public class IdentifierTests
{
    [Fact]
    public void A_value_that_was_never_parsed_refuses_to_be_read()
    {
        Assert.Throws<InvalidOperationException>(() => default(Did).ToString());
        Assert.Throws<InvalidOperationException>(() => default(Did).Method);
        Assert.Throws<InvalidOperationException>(() => default(Did).IsPlc);
        Assert.Throws<InvalidOperationException>(() => default(Handle).ToString());
        Assert.Throws<InvalidOperationException>(() => default(Handle).IsDisallowedTld);
        Assert.Throws<InvalidOperationException>(() => default(Nsid).ToString());
        Assert.Throws<InvalidOperationException>(() => default(RecordKey).ToString());
        Assert.Throws<InvalidOperationException>(() => default(AtUri).ToString());
        Assert.Throws<InvalidOperationException>(() => default(AtUri).Collection);
    }

    [Fact]
    public void Values_that_were_never_parsed_can_still_be_compared()
    {
        Assert.Equal(default(Did), default);
        Assert.NotEqual(Did.Parse("did:plc:a"), default);
        Assert.Equal(0, default(Handle).GetHashCode());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Null_and_empty_text_are_refused(string? text)
    {
        Assert.False(Did.TryParse(text, out _));
        Assert.False(Handle.TryParse(text, out _));
        Assert.False(Nsid.TryParse(text, out _));
        Assert.False(RecordKey.TryParse(text, out _));
        Assert.False(AtUri.TryParse(text, out _));
        Assert.False(Tid.TryParse(text, out _));
    }

    [Fact]
    public void Parse_says_what_is_wrong()
    {
        Assert.Contains("no dot", Assert.Throws<FormatException>(() => Handle.Parse("alice")).Message);
        Assert.Contains("method", Assert.Throws<FormatException>(() => Did.Parse("did:PLC:x")).Message);
        Assert.Contains("record key", Assert.Throws<FormatException>(() => AtUri.Parse("at://a.b/c.d.e/#")).Message);
    }

    [Fact]
    public void Parse_does_not_repeat_long_text_in_its_message() =>
        Assert.InRange(Assert.Throws<FormatException>(() => RecordKey.Parse(new string('#', 100_000))).Message.Length, 1, 200);

    [Fact]
    public void The_framework_can_parse_them()
    {
        Assert.Equal("did:plc:a", ParseAs<Did>("did:plc:a").ToString());
        Assert.Equal("a.test", ParseAs<Handle>("A.test").ToString());
        Assert.Throws<FormatException>(() => ParseAs<Nsid>("a.b"));
        Assert.True(CanParse<Tid>("3jzfcijpj2z2a"));
        Assert.False(CanParse<RecordKey>(".."));
    }

    private static T ParseAs<T>(string text) where T : IParsable<T> => T.Parse(text, null);

    private static bool CanParse<T>(string text) where T : IParsable<T> => T.TryParse(text, null, out _);
}
