using Migrator.Core.AtProto.Encoding;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Encoding;

public class MultibaseTests
{
    [Fact]
    public void Base58btc_starts_with_z()
    {
        var text = Multibase.EncodeBase58Btc([1, 2, 3]);
        Assert.Equal('z', text[0]);
        Assert.True(Multibase.TryDecodeBase58Btc(text, out var read));
        Assert.Equal<byte>([1, 2, 3], read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("z")]
    [InlineData("Z2NEpo7TZRRrLZSi2U")]
    [InlineData("2NEpo7TZRRrLZSi2U")]
    [InlineData("bmzxw6ytb")]
    [InlineData("z0")]
    public void Anything_else_is_refused(string text) => Assert.False(Multibase.TryDecodeBase58Btc(text, out _));
}
