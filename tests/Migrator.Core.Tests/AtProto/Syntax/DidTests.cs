using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Syntax;

public class DidTests
{
    [Theory]
    [InlineData("did:plc:ewvi7nxzyoun6zhxrhs64oiz", "plc")]
    [InlineData("did:web:example.com", "web")]
    [InlineData("did:key:zQ3shZc2QzApp2oymGvQbzP8eKheVshBHbU4ZYjeXqwSKEn6N", "key")]
    public void The_method_is_the_second_word(string text, string method) => Assert.Equal(method, Did.Parse(text).Method);

    [Theory]
    [InlineData("did:plc:ewvi7nxzyoun6zhxrhs64oiz", true)]
    [InlineData("did:plc:ewvi7nxzyoun6zhxrhs64oi", false)]
    [InlineData("did:plc:ewvi7nxzyoun6zhxrhs64oizz", false)]
    [InlineData("did:plc:Ewvi7nxzyoun6zhxrhs64oiz", false)]
    [InlineData("did:plc:ewvi7nxzyoun6zhxrhs64oi1", false)]
    [InlineData("did:web:ewvi7nxzyoun6zhxrhs64oiz", false)]
    public void A_plc_did_has_24_characters_of_base32(string text, bool isPlc) => Assert.Equal(isPlc, Did.Parse(text).IsPlc);

    [Theory]
    [InlineData("did:web:example.com", "example.com")]
    [InlineData("did:web:Example.COM", "example.com")]
    [InlineData("did:web:localhost", "localhost")]
    [InlineData("did:web:localhost%3A2584", "localhost:2584")]
    [InlineData("did:web:localhost%3a1", "localhost:1")]
    public void A_web_did_names_the_host_that_serves_it(string text, string host)
    {
        Assert.True(Did.Parse(text).TryGetWebHost(out var found));
        Assert.Equal(host, found);
        Assert.True(Did.Parse(text).IsWeb);
    }

    [Theory]
    [InlineData("did:web:example.com:user:alice")]
    [InlineData("did:web:example.com%3A8080")]
    [InlineData("did:web:localhost%3A")]
    [InlineData("did:web:localhost%3A0")]
    [InlineData("did:web:localhost%3A99999")]
    [InlineData("did:web:localhost%3A08")]
    [InlineData("did:web:localhost%2Fx")]
    [InlineData("did:web:localhost:2584")]
    [InlineData("did:web:example")]
    [InlineData("did:web:127.0.0.1")]
    [InlineData("did:web:router.local")]
    [InlineData("did:web:metadata.internal")]
    [InlineData("did:web:exa%6Dple.com")]
    [InlineData("did:plc:ewvi7nxzyoun6zhxrhs64oiz")]
    public void Paths_ports_addresses_and_local_names_are_no_web_did(string text)
    {
        Assert.False(Did.Parse(text).TryGetWebHost(out _));
        Assert.False(Did.Parse(text).IsWeb);
    }

    [Fact]
    public void Case_matters() => Assert.NotEqual(Did.Parse("did:web:a.com"), Did.Parse("did:web:A.com"));

    [Fact]
    public void At_most_2048_characters()
    {
        Assert.True(Did.TryParse("did:m:" + new string('v', 2042), out _));
        Assert.False(Did.TryParse("did:m:" + new string('v', 2043), out _));
    }
}
