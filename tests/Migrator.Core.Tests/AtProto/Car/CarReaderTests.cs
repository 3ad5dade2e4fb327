using Migrator.Core.AtProto.Car;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Encoding;
using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Car;

public class CarReaderTests
{
    private static readonly byte[][] Contents = [[0xa0], [], [0x63, 0x61, 0x62, 0x63], new byte[300], new byte[200_000]];
    private static readonly Cid Root = Cid.ForDagCbor([0xa0]);

    [Fact]
    public async Task Blocks_come_out_as_they_went_in()
    {
        var (header, blocks) = await ReadAll(Sample());
        Assert.Equal(Root, header.SingleRoot);
        Assert.Equal(Contents, blocks.Select(b => b.Data));
        Assert.Equal(Contents.Select(c => Cid.ForDagCbor(c)), blocks.Select(b => b.Cid));
    }

    [Fact]
    public async Task A_header_with_one_root_and_no_blocks_takes_59_bytes()
    {
        var car = Write(Root);
        Assert.Equal(59, car.Length);
        var (header, blocks) = await ReadAll(car);
        Assert.Equal([Root], header.Roots);
        Assert.Empty(blocks);
    }

    [Fact]
    public async Task A_stream_that_gives_one_byte_at_a_time_is_read_alike()
    {
        var car = Write(Root, Contents[..4]);
        var reader = await CarReader.OpenAsync(new DripStream(car), cancel: Cancel);
        var found = new List<byte[]>();
        await foreach (var block in reader.ReadBlocksAsync(Cancel)) found.Add(block.Data.ToArray());
        Assert.Equal(Contents[..4], found);
    }

    [Fact]
    public async Task The_offset_of_a_block_is_where_its_data_stands_in_the_file()
    {
        var car = Sample();
        var (_, blocks) = await ReadAll(car);
        foreach (var block in blocks) Assert.Equal(block.Data, car.AsSpan((int)block.Offset, block.Data.Length).ToArray());
    }

    [Fact]
    public async Task A_cut_anywhere_but_between_blocks_is_seen()
    {
        var car = Write(Root, Contents[..4]);
        var boundaries = new List<int> { 59 };
        foreach (var content in Contents[..4]) boundaries.Add(boundaries[^1] + (content.Length + 36 > 127 ? 2 : 1) + 36 + content.Length);
        Assert.Equal(car.Length, boundaries[^1]);
        for (var length = 0; length < car.Length; length++)
        {
            RepoFault? expected = length == 0 ? RepoFault.CarEmpty : boundaries.Contains(length) ? null : RepoFault.CarTruncated;
            Assert.Equal(expected, await FaultOf(car[..length]));
        }
    }

    [Fact]
    public async Task A_changed_byte_of_data_is_a_wrong_hash_and_the_place_is_named()
    {
        var car = Sample();
        car[^1] ^= 1;
        var fault = await Assert.ThrowsAsync<RepoFaultException>(() => ReadAll(car));
        Assert.Equal(RepoFault.CarBlockHash, fault.Fault);
        Assert.Equal(car.Length - 200_000 - 36, fault.Offset);
    }

    [Theory]
    [InlineData(0, 0)] // version 0
    [InlineData(1, 0x70)] // dag-pb
    [InlineData(2, 0x13)] // sha2-512
    [InlineData(3, 0x14)] // 20 bytes
    public async Task A_block_named_by_another_kind_of_CID_is_refused(int position, byte value)
    {
        var car = Write(Root, [0xa0]);
        car[60 + position] = value;
        Assert.Equal(RepoFault.CarBlockCid, await FaultOf(car));
    }

    [Theory]
    [InlineData("8000", RepoFault.CarVarint)] // zero in two bytes
    [InlineData("a500", RepoFault.CarVarint)] // 37 in two bytes
    [InlineData("ffffffffffffffffff01", RepoFault.CarVarint)] // more than 63 bits
    [InlineData("00", RepoFault.CarBlockCid)]
    [InlineData("23", RepoFault.CarBlockCid)] // 35 bytes hold no CID
    [InlineData("ffffffffffffffff7f", RepoFault.CarBlockSize)]
    [InlineData("a5808001", RepoFault.CarBlockSize)] // 36 and 2 MiB and one byte
    [InlineData("a4808001", RepoFault.CarTruncated)] // 36 and 2 MiB: allowed, but not there
    public async Task A_malformed_or_greedy_length_is_refused_before_memory_is_taken(string hex, RepoFault expected)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(expected, await FaultOf([.. Write(Root), .. Convert.FromHexString(hex)]));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Theory]
    [InlineData("a0", RepoFault.CarHeader)]
    [InlineData("80", RepoFault.CarHeader)]
    [InlineData("a16776657273696f6e01", RepoFault.CarHeader)] // no roots
    [InlineData("a165726f6f747380", RepoFault.CarHeader)] // no version
    [InlineData("a265726f6f7473806776657273696f6e02", RepoFault.CarHeader)] // version 2
    [InlineData("a361780065726f6f7473806776657273696f6e01", RepoFault.CarHeader)] // an unknown field
    [InlineData("a265726f6f7473806776657273696f6e0100", RepoFault.CborTrailingBytes)]
    [InlineData("a26776657273696f6e0165726f6f747380", RepoFault.CborKeyOrder)]
    [InlineData("a265726f6f7473816161 6776657273696f6e01", RepoFault.CborUnexpectedType)]
    [InlineData("a265726f6f747391", RepoFault.CborTruncated)]
    public async Task A_start_that_is_not_that_of_a_CAR_is_refused(string hex, RepoFault expected)
    {
        var header = Convert.FromHexString(hex.Replace(" ", ""));
        Assert.Equal(expected, await FaultOf([(byte)header.Length, .. header]));
    }

    [Fact]
    public async Task A_header_larger_than_allowed_is_refused()
    {
        Assert.Equal(RepoFault.CarHeader, await FaultOf([0xff, 0xff, 0xff, 0x7f]));
        Assert.Equal(RepoFault.CarHeader, await FaultOf([0x00]));
    }

    [Fact]
    public async Task A_malformed_length_of_the_header_is_refused()
    {
        Assert.Equal(RepoFault.CarVarint, await FaultOf([0xba, 0x00, .. Write(Root)[1..]]));
        Assert.Equal(RepoFault.CarVarint, await FaultOf([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]));
    }

    [Fact]
    public async Task Other_numbers_of_roots_than_one_are_told_apart()
    {
        Assert.Throws<RepoFaultException>(() => new CarHeader([]).SingleRoot);
        var two = await Assert.ThrowsAsync<RepoFaultException>(async () => _ = (await ReadAll(Roots(2))).Header.SingleRoot);
        Assert.Equal(RepoFault.CarRoots, two.Fault);
        Assert.Equal(16, (await ReadAll(Roots(16))).Header.Roots.Count);
        Assert.Equal(RepoFault.CarRoots, await FaultOf(Roots(17)));
    }

    [Fact]
    public async Task More_blocks_or_bytes_than_allowed_are_refused()
    {
        var car = Sample();
        Assert.Null(await FaultOf(car, new CarLimits { MaxBlocks = 5 }));
        Assert.Equal(RepoFault.CarTooManyBlocks, await FaultOf(car, new CarLimits { MaxBlocks = 4 }));
        Assert.Null(await FaultOf(car, new CarLimits { MaxBytes = car.Length }));
        Assert.Equal(RepoFault.CarTooLarge, await FaultOf(car, new CarLimits { MaxBytes = car.Length - 1 }));
        Assert.Equal(RepoFault.CarBlockSize, await FaultOf(car, new CarLimits { MaxBlockBytes = 199_999 }));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static byte[] Sample() => Write(Root, Contents);

    private static byte[] Write(Cid root, params byte[][] contents)
    {
        using var stream = new MemoryStream();
        var car = new CarWriter(stream, root);
        foreach (var content in contents) car.WriteBlock(Cid.ForDagCbor(content), content);
        car.Flush();
        return stream.ToArray();
    }

    private static byte[] Roots(int count)
    {
        var header = new DagCborWriter();
        header.BeginMap();
        header.WriteKey("roots");
        header.BeginArray();
        for (var i = 0; i < count; i++) header.WriteLink(Root);
        header.EndArray();
        header.WriteKey("version");
        header.WriteInteger(1);
        header.EndMap();
        var length = new byte[Varint.MaxLength];
        return [.. length[..Varint.Write(length, (ulong)header.WrittenSpan.Length)], .. header.WrittenSpan];
    }

    private static async Task<(CarHeader Header, List<(Cid Cid, byte[] Data, long Offset)> Blocks)> ReadAll(byte[] car, CarLimits? limits = null)
    {
        var reader = await CarReader.OpenAsync(new MemoryStream(car), limits, Cancel);
        var blocks = new List<(Cid, byte[], long)>();
        await foreach (var block in reader.ReadBlocksAsync(Cancel)) blocks.Add((block.Cid, block.Data.ToArray(), block.Offset));
        return (reader.Header, blocks);
    }

    private static async Task<RepoFault?> FaultOf(byte[] car, CarLimits? limits = null)
    {
        try
        {
            await ReadAll(car, limits);
            return null;
        }
        catch (RepoFaultException e)
        {
            return e.Fault;
        }
    }

    private sealed class DripStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(1, buffer.Length)], cancellationToken);
    }
}
