using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Syntax;

public class CidTests
{
    // The empty map a0 as dag-cbor and the empty blob: values any IPLD tool gives.
    private const string EmptyMap = "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua";
    private const string EmptyBlob = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";

    [Fact]
    public void Well_known_blocks_have_their_well_known_names()
    {
        Assert.Equal(EmptyMap, Cid.ForDagCbor([0xa0]).ToString());
        Assert.Equal(EmptyBlob, Cid.ForRaw([]).ToString());
        Assert.Equal(CidCodec.DagCbor, Cid.Parse(EmptyMap).Codec);
        Assert.Equal(CidCodec.Raw, Cid.Parse(EmptyBlob).Codec);
    }

    [Fact]
    public void It_takes_36_bytes_and_no_heap() => Assert.Equal(36, Unsafe.SizeOf<Cid>());

    [Fact]
    public void The_binary_form_round_trips()
    {
        var cid = Cid.Parse(EmptyMap);
        var bytes = cid.ToByteArray();
        Assert.Equal("01711220", Convert.ToHexStringLower(bytes[..4]));
        Assert.Equal(SHA256.HashData([0xa0]), bytes[4..]);
        Assert.Equal(cid, Cid.FromBinary(bytes));
        Assert.Equal(cid, Cid.FromDigest(CidCodec.DagCbor, bytes.AsSpan(4)));
        Assert.True(cid.DigestEquals(bytes.AsSpan(4)));
        Assert.False(cid.DigestEquals(SHA256.HashData([0xa1])));
        Assert.False(cid.DigestEquals(bytes.AsSpan(5)));
    }

    [Theory]
    [InlineData(0, 0)] // version 0
    [InlineData(1, 0x70)] // dag-pb
    [InlineData(2, 0x13)] // sha2-512
    [InlineData(3, 0x1f)] // a cut digest
    public void Any_other_kind_of_CID_is_refused(int position, byte value)
    {
        var bytes = Cid.Parse(EmptyMap).ToByteArray();
        bytes[position] = value;
        Assert.False(Cid.TryReadBinary(bytes, out var cid));
        Assert.True(cid.IsDefault);
        Assert.Throws<FormatException>(() => Cid.FromBinary(bytes));
    }

    [Fact]
    public void A_binary_form_of_another_length_is_refused()
    {
        var bytes = Cid.Parse(EmptyMap).ToByteArray();
        Assert.False(Cid.TryReadBinary(bytes.AsSpan(0, 35), out _));
        Assert.False(Cid.TryReadBinary([.. bytes, 0], out _));
        Assert.False(Cid.TryReadBinary([], out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("b")]
    [InlineData("Bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua")]
    [InlineData("bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swub")] // left-over bits
    [InlineData("bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swu")]
    [InlineData("bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swuaa")]
    [InlineData("zdpuAn3kqM7sMnjGf3uVyCGC3pK2Vv1SDeRqNQ7oTTCsvGeyv")] // the same CID in base58btc
    [InlineData("QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG")]
    [InlineData("bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi")] // dag-pb
    public void Any_other_text_is_refused(string text)
    {
        Assert.False(Cid.TryParse(text, out _));
        Assert.Throws<FormatException>(() => Cid.Parse(text));
    }

    [Fact]
    public void Null_text_is_refused() => Assert.False(Cid.TryParse((string?)null, out _));

    [Fact]
    public void Order_is_that_of_the_binary_form()
    {
        var random = new Random(11);
        var cids = new List<Cid>();
        for (var i = 0; i < 200; i++)
        {
            var digest = new byte[32];
            random.NextBytes(digest.AsSpan(random.Next(32))); // many share a start
            cids.Add(Cid.FromDigest(i % 2 == 0 ? CidCodec.Raw : CidCodec.DagCbor, digest));
        }
        var bySort = cids.Order().Select(c => Convert.ToHexString(c.ToByteArray())).ToList();
        Assert.Equal(bySort.Order(StringComparer.Ordinal), bySort);
    }

    [Fact]
    public void Codec_is_part_of_equality()
    {
        Assert.NotEqual(Cid.ForRaw([1]), Cid.ForDagCbor([1]));
        Assert.True(Cid.ForRaw([1]) == Cid.ForRaw([1]));
        Assert.Equal(Cid.ForRaw([1]).GetHashCode(), Cid.ForRaw([1]).GetHashCode());
    }

    [Fact]
    public void The_default_value_names_nothing()
    {
        Cid none = default;
        Assert.True(none.IsDefault);
        Assert.Throws<InvalidOperationException>(() => none.ToString());
        Assert.Throws<InvalidOperationException>(() => none.Codec);
        Assert.Throws<InvalidOperationException>(() => none.ToByteArray());
        Assert.Throws<InvalidOperationException>(() => none.DigestEquals(new byte[32]));
    }
}
