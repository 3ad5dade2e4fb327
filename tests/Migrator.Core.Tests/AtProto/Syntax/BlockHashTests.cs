using System.Security.Cryptography;
using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Syntax;

public class BlockHashTests
{
    [Fact]
    public void It_gives_what_the_framework_gives_for_every_length()
    {
        var data = new byte[2000];
        new Random(3).NextBytes(data);
        var digest = new byte[32];
        for (var length = 0; length <= data.Length; length++)
        {
            BlockHash.Compute(data.AsSpan(0, length), digest);
            Assert.Equal(SHA256.HashData(data.AsSpan(0, length)), digest);
        }
        var large = new byte[5_000_000];
        BlockHash.Compute(large, digest);
        Assert.Equal(SHA256.HashData(large), digest);
    }

    [Fact]
    public void A_digest_without_room_is_our_own_mistake() =>
        Assert.Throws<ArgumentException>(() => BlockHash.Compute([1], new byte[31]));
}
