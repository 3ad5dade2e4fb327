using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Repo;

public class KeptBlocksTests
{
    [Fact]
    public void What_has_room_is_found_again_under_its_name_and_place_and_nothing_else()
    {
        var kept = new KeptBlocks(200_000);
        var blocks = Enumerable.Range(1, 3000).Select(i => (Offset: i * 1000L, Frame: Frame(i))).ToList();
        Parallel.ForEach(blocks, block => kept.TryAdd(
            block.Offset, block.Frame.AsSpan(0, Cid.BinaryLength), block.Frame.AsSpan(Cid.BinaryLength), isNode: block.Offset % 2000 == 0));
        var found = 0;
        foreach (var (offset, frame) in blocks)
        {
            var cid = Cid.FromBinary(frame[..Cid.BinaryLength]);
            Assert.False(kept.TryGet(Cid.ForDagCbor([1, 2, 3]), offset, out _));
            Assert.False(kept.TryGet(cid, offset + 1, out _));
            if (!kept.TryGet(cid, offset, out var content)) continue;
            Assert.Equal(frame.AsSpan(Cid.BinaryLength), content[..(frame.Length - Cid.BinaryLength)]);
            found++;
        }
        // As many as there is room for, by bytes or by places.
        Assert.InRange(found, 1000, 200_000 / 60);
    }

    [Fact]
    public void Nodes_leave_room_for_notes()
    {
        var kept = new KeptBlocks(100_000);
        for (var i = 1; i < 3000; i++) kept.TryAdd(i, Frame(i).AsSpan(0, Cid.BinaryLength), new byte[100], isNode: true);
        Assert.True(kept.TryAdd(5000, Frame(1).AsSpan(0, Cid.BinaryLength), new byte[30_000], isNode: false));
    }

    [Fact]
    public void Many_small_blocks_do_not_fill_every_place()
    {
        var kept = new KeptBlocks(10_000);
        for (var i = 1; i < 1000; i++) kept.TryAdd(i, Frame(i).AsSpan(0, Cid.BinaryLength), [], isNode: false);
        Assert.False(kept.TryGet(Cid.ForRaw([]), 5000, out _));
    }

    private static byte[] Frame(int number)
    {
        var data = new byte[24 + number % 40];
        BitConverter.TryWriteBytes(data, number);
        return [.. Cid.ForDagCbor(data).ToByteArray(), .. data];
    }
}
