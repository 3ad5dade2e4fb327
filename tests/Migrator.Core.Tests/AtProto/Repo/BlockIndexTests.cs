using System.Runtime.CompilerServices;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Repo;

public class BlockIndexTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(200_000)]
    public void What_was_noted_is_found_and_nothing_else(int count)
    {
        var builder = new BlockIndexBuilder();
        var writers = new[] { builder.OpenWriter(), builder.OpenWriter() };
        for (var i = 0; i < count; i++) writers[i % 2].Add(Name(i), BlockLocation.Of(i + 1, i % 4000, BlockFlags.IsMap));
        foreach (var writer in writers) writer.Close();
        var index = builder.Build(2);
        Assert.Equal(count, index.Count);
        for (var i = 0; i < count; i++)
        {
            Assert.True(index.TryFind(Name(i), out var location));
            Assert.Equal((i + 1, i % 4000, BlockFlags.IsMap), (location.CidOffset, location.DataLength, location.Flags));
            Assert.False(index.TryFind(Name(-1 - i), out _));
        }
        // The same digest under the other codec is another block.
        Assert.False(index.TryFind(Cid.FromDigest(CidCodec.Raw, Name(0).ToByteArray().AsSpan(4)), out _));
    }

    [Fact]
    public void Of_a_block_that_comes_twice_the_first_place_stays_whoever_noted_it()
    {
        var builder = new BlockIndexBuilder();
        foreach (var offset in new[] { 700, 300, 500 })
        {
            var writer = builder.OpenWriter();
            writer.Add(Name(1), BlockLocation.Of(offset, 10, BlockFlags.None));
            writer.Close();
        }
        var index = builder.Build(2);
        Assert.Equal(1, index.Count);
        Assert.True(index.TryFind(Name(1), out var location));
        Assert.Equal(300, location.CidOffset);
    }

    [Fact]
    public void Flags_are_set_in_place_and_cleared_everywhere()
    {
        var builder = new BlockIndexBuilder();
        var writer = builder.OpenWriter();
        for (var i = 0; i < 5000; i++) writer.Add(Name(i), BlockLocation.Of(i + 1, 1, BlockFlags.HasBlobs));
        writer.Close();
        var index = builder.Build(2);
        for (var i = 0; i < 5000; i++) Interlocked.Or(ref index.Find(Name(i)), (ulong)BlockFlags.Reached);
        Assert.True(index.TryFind(Name(77), out var marked));
        Assert.Equal(BlockFlags.HasBlobs | BlockFlags.Reached, marked.Flags);
        index.ClearFlag(BlockFlags.Reached);
        for (var i = 0; i < 5000; i++)
        {
            Assert.True(index.TryFind(Name(i), out var location));
            Assert.Equal(BlockFlags.HasBlobs, location.Flags);
            Assert.Equal(i + 1, location.CidOffset);
        }
        Assert.True(Unsafe.IsNullRef(ref index.Find(Name(5000))));
    }

    [Fact]
    public void The_greatest_place_and_length_fit()
    {
        var location = BlockLocation.Of(BlockLocation.MaxOffset, BlockLocation.MaxDataLength, BlockFlags.Written);
        Assert.Equal(BlockLocation.MaxOffset, location.CidOffset);
        Assert.Equal(BlockLocation.MaxDataLength, location.DataLength);
        Assert.Equal(BlockFlags.Written, location.Flags);
        Assert.Equal(BlockLocation.MaxOffset + 36, location.DataOffset);
    }

    private static Cid Name(int number) => Cid.ForDagCbor(BitConverter.GetBytes(number));
}
