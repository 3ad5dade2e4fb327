using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Syntax;

public class HandleTests
{
    [Fact]
    public void Handles_are_kept_in_lower_case()
    {
        Assert.Equal("alice.example.com", Handle.Parse("Alice.Example.COM").ToString());
        Assert.True(Handle.Parse("ALICE.test") == Handle.Parse("alice.test"));
        Assert.Equal(Handle.Parse("ALICE.test").GetHashCode(), Handle.Parse("alice.test").GetHashCode());
    }

    [Theory]
    [InlineData("alice")]
    [InlineData("org")]
    public void A_handle_without_a_dot_is_refused(string text) => Assert.Equal("it has no dot", Handle.FindFault(text));

    [Theory]
    [InlineData("a.alt")]
    [InlineData("a.arpa")]
    [InlineData("a.example")]
    [InlineData("a.INTERNAL")]
    [InlineData("handle.invalid")]
    [InlineData("laptop.local")]
    [InlineData("a.localhost")]
    [InlineData("expyuzz4wqqyqhjn.onion")]
    public void Some_top_level_domains_are_well_formed_but_not_allowed(string text) => Assert.True(Handle.Parse(text).IsDisallowedTld);

    [Theory]
    [InlineData("alice.test")]
    [InlineData("alice.com")]
    [InlineData("local.com")]
    [InlineData("notlocal.xlocal")]
    public void Others_are_allowed(string text) => Assert.False(Handle.Parse(text).IsDisallowedTld);

    [Fact]
    public void The_placeholder_is_itself_never_usable() => Assert.True(Handle.Invalid.IsDisallowedTld);
}
