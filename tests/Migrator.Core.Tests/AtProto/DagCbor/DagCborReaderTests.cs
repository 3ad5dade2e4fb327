using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.AtProto.DagCbor;

public class DagCborReaderTests
{
    // The CID of the empty map, as the 36 bytes behind tag 42 and the leading zero.
    private const string LinkHead = "d82a582500";
    private static readonly string EmptyMapCid = Convert.ToHexStringLower(Cid.ForDagCbor([0xa0]).ToByteArray());

    [Theory]
    [InlineData("00", 0)]
    [InlineData("17", 23)]
    [InlineData("1818", 24)]
    [InlineData("18ff", 255)]
    [InlineData("190100", 256)]
    [InlineData("1a00010000", 65536)]
    [InlineData("1b0000000100000000", 4294967296)]
    [InlineData("1b7fffffffffffffff", long.MaxValue)]
    [InlineData("20", -1)]
    [InlineData("3863", -100)]
    [InlineData("3b7fffffffffffffff", long.MinValue)]
    public void Integers_are_read(string hex, long value)
    {
        var reader = new DagCborReader(Convert.FromHexString(hex));
        Assert.Equal(value, reader.ReadInteger());
        reader.ExpectEnd();
    }

    [Theory]
    [InlineData("1800", RepoFault.CborNotShortest)]
    [InlineData("1817", RepoFault.CborNotShortest)]
    [InlineData("1900ff", RepoFault.CborNotShortest)]
    [InlineData("1a0000ffff", RepoFault.CborNotShortest)]
    [InlineData("1b00000000ffffffff", RepoFault.CborNotShortest)]
    [InlineData("3800", RepoFault.CborNotShortest)]
    [InlineData("7803616263", RepoFault.CborNotShortest)]
    [InlineData("5800", RepoFault.CborNotShortest)]
    [InlineData("980100", RepoFault.CborNotShortest)]
    [InlineData("b800", RepoFault.CborNotShortest)]
    [InlineData("1b8000000000000000", RepoFault.CborIntegerRange)]
    [InlineData("3b8000000000000000", RepoFault.CborIntegerRange)]
    [InlineData("9fff", RepoFault.CborIndefiniteLength)]
    [InlineData("bfff", RepoFault.CborIndefiniteLength)]
    [InlineData("7f6161ff", RepoFault.CborIndefiniteLength)]
    [InlineData("5f4101ff", RepoFault.CborIndefiniteLength)]
    [InlineData("ff", RepoFault.CborIndefiniteLength)]
    [InlineData("f90000", RepoFault.CborFloat)]
    [InlineData("fa3f800000", RepoFault.CborFloat)]
    [InlineData("fb3ff0000000000000", RepoFault.CborFloat)]
    [InlineData("f7", RepoFault.CborSimpleValue)]
    [InlineData("f0", RepoFault.CborSimpleValue)]
    [InlineData("f800", RepoFault.CborSimpleValue)]
    [InlineData("f8ff", RepoFault.CborSimpleValue)]
    [InlineData("1c", RepoFault.CborSimpleValue)]
    [InlineData("c001", RepoFault.CborTag)]
    [InlineData("d9d9f700", RepoFault.CborTag)]
    [InlineData("d82a40", RepoFault.CborLink)] // a link of no bytes
    [InlineData("62c328", RepoFault.CborUtf8)]
    [InlineData("63eda080", RepoFault.CborUtf8)] // half a surrogate pair
    [InlineData("61ff", RepoFault.CborUtf8)]
    [InlineData("a1616100", null)]
    [InlineData("a10000", RepoFault.CborKeyNotText)]
    [InlineData("a1416100", RepoFault.CborKeyNotText)]
    [InlineData("a1f600", RepoFault.CborKeyNotText)]
    [InlineData("a2616100616200", null)]
    [InlineData("a2616200616100", RepoFault.CborKeyOrder)]
    [InlineData("a262616100616200", RepoFault.CborKeyOrder)] // "aa" before "b": shorter first
    [InlineData("a2616100616100", RepoFault.CborKeyDuplicate)]
    [InlineData("a26000616100", null)] // the empty name is a name
    [InlineData("a260006000", RepoFault.CborKeyDuplicate)]
    [InlineData("a1616161", RepoFault.CborTruncated)]
    [InlineData("6361", RepoFault.CborTruncated)]
    [InlineData("4361", RepoFault.CborTruncated)]
    [InlineData("83", RepoFault.CborTruncated)]
    [InlineData("a2616100", RepoFault.CborTruncated)]
    [InlineData("19", RepoFault.CborTruncated)]
    [InlineData("1b000000", RepoFault.CborTruncated)]
    [InlineData("", RepoFault.CborTruncated)]
    [InlineData("7bffffffffffffffff", RepoFault.CborTruncated)]
    [InlineData("5affffffff", RepoFault.CborTruncated)]
    [InlineData("9bffffffffffffffff", RepoFault.CborSize)]
    [InlineData("9a00100000", RepoFault.CborSize)]
    [InlineData("bb7fffffffffffffff", RepoFault.CborSize)]
    [InlineData("d82a", RepoFault.CborLink)]
    [InlineData("d82a00", RepoFault.CborLink)]
    [InlineData("d82a4100", RepoFault.CborLink)]
    public void Only_the_one_canonical_form_is_accepted(string hex, RepoFault? expected)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.Equal(expected, FaultOf(bytes));
        // The same inside a list and as a field: the walk has no soft spots.
        if (hex.Length == 0) return;
        Assert.Equal(expected, FaultOf([0x81, .. bytes]));
        Assert.Equal(expected, FaultOf([0xa1, 0x61, 0x78, .. bytes]));
    }

    [Fact]
    public void Every_byte_of_a_text_is_checked_whatever_its_length()
    {
        for (var length = 1; length <= 40; length++)
        {
            byte[] head = length < 24 ? [(byte)(0x60 + length)] : [0x78, (byte)length];
            byte[] text = [.. head, .. Enumerable.Repeat((byte)'a', length)];
            new DagCborReader(text).Skip();
            for (var at = head.Length; at < text.Length; at++)
            {
                text[at] = 0xff;
                Assert.Equal(RepoFault.CborUtf8, Assert.Throws<RepoFaultException>(() => new DagCborReader(text).Skip()).Fault);
                Assert.Equal(RepoFault.CborUtf8, Assert.Throws<RepoFaultException>(() => new DagCborReader(text).ReadText()).Fault);
                text[at] = (byte)'a';
            }
        }
    }

    [Fact]
    public void A_link_is_read()
    {
        var reader = new DagCborReader(Convert.FromHexString(LinkHead + EmptyMapCid));
        Assert.Equal(DagCborType.Link, reader.Peek());
        Assert.Equal(Cid.ForDagCbor([0xa0]), reader.ReadLink());
        Assert.True(reader.AtEnd);
    }

    [Theory]
    [InlineData(4, 1)] // no leading zero
    [InlineData(5, 0)] // version 0
    [InlineData(6, 0x70)] // dag-pb
    [InlineData(7, 0x13)] // sha2-512
    [InlineData(8, 0x1f)] // a shorter digest
    public void A_link_to_another_kind_of_CID_is_refused(int position, byte value)
    {
        var bytes = Convert.FromHexString(LinkHead + EmptyMapCid);
        bytes[position] = value;
        Assert.Equal(RepoFault.CborLink, FaultOf(bytes));
        Assert.Equal(RepoFault.CborLink, Assert.Throws<RepoFaultException>(() => new DagCborReader(bytes).ReadLink()).Fault);
    }

    [Fact]
    public void Bytes_after_the_item_are_refused()
    {
        var fault = Assert.Throws<RepoFaultException>(() => SkipAll([0xa0, 0x00]));
        Assert.Equal(RepoFault.CborTrailingBytes, fault.Fault);
        Assert.Equal(1, fault.Offset);
    }

    [Fact]
    public void A_fault_names_the_place_in_the_file()
    {
        var fault = Assert.Throws<RepoFaultException>(() =>
        {
            var reader = new DagCborReader([0x82, 0x01, 0xf7], origin: 1000);
            reader.Skip();
        });
        Assert.Equal(1002, fault.Offset);
        Assert.Contains("1002", fault.Message);
    }

    [Theory]
    [InlineData(0x81)] // lists in lists
    [InlineData(0xa1)] // maps in maps
    public void Deep_nesting_is_refused_at_the_limit_and_not_before(byte head)
    {
        Assert.Null(FaultOf(Nested(head, DagCborLimits.MaxDepth)));
        Assert.Equal(RepoFault.CborDepth, FaultOf(Nested(head, DagCborLimits.MaxDepth + 1)));
        Assert.Equal(RepoFault.CborDepth, FaultOf(Nested(head, 1_000_000)));
    }

    [Fact]
    public void A_list_of_the_greatest_length_is_read_and_one_more_is_refused()
    {
        byte[] head = [0x9a, 0x00, 0x02, 0x00, 0x00];
        Assert.Null(FaultOf([.. head, .. new byte[DagCborLimits.MaxContainerLength]]));
        head[4] = 1;
        Assert.Equal(RepoFault.CborSize, FaultOf([.. head, .. new byte[DagCborLimits.MaxContainerLength + 1]]));
    }

    [Fact]
    public void A_field_name_of_the_greatest_length_is_read_and_one_more_is_refused()
    {
        Assert.Null(FaultOf([0xa1, 0x79, 0x20, 0x00, .. new byte[8192], 0x00]));
        Assert.Equal(RepoFault.CborSize, FaultOf([0xa1, 0x79, 0x20, 0x01, .. new byte[8193], 0x00]));
    }

    [Fact]
    public void Another_type_than_expected_is_a_fault_that_says_both()
    {
        var fault = Assert.Throws<RepoFaultException>(() => new DagCborReader([0x61, 0x61]).ReadInteger());
        Assert.Equal(RepoFault.CborUnexpectedType, fault.Fault);
        Assert.Contains("integer", fault.Detail);
        Assert.Contains("Text", fault.Detail);
        Assert.Contains("Boolean", Assert.Throws<RepoFaultException>(() => new DagCborReader([0xf4]).ReadInteger()).Detail);
        Assert.Throws<RepoFaultException>(() => new DagCborReader([0x01]).ReadText());
        Assert.Throws<RepoFaultException>(() => new DagCborReader([0x01]).ReadBoolean());
        Assert.Throws<RepoFaultException>(() => new DagCborReader([0xf4]).ReadNull());
        Assert.Throws<RepoFaultException>(() => new DagCborReader([0xf6]).ReadArray());
        Assert.Throws<RepoFaultException>(() => new DagCborReader([0x80]).ReadMap());
        Assert.Throws<RepoFaultException>(() => new DagCborReader([0xa0]).ReadLink());
    }

    [Fact]
    public void A_map_is_read_field_by_field()
    {
        var reader = new DagCborReader(Convert.FromHexString("a3616101616202626363f5"));
        var map = reader.ReadMap();
        Assert.Equal(3, map.Count);
        var found = new List<string>();
        while (map.Next(ref reader, out var key))
        {
            found.Add(System.Text.Encoding.UTF8.GetString(key));
            reader.Skip();
        }
        Assert.Equal(["a", "b", "cc"], found);
        reader.ExpectEnd();
    }

    private static byte[] Nested(byte head, int depth)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < depth; i++)
        {
            bytes.Add(head);
            if (head == 0xa1) bytes.AddRange([0x61, 0x61]);
        }
        bytes.Add(0);
        return [.. bytes];
    }

    private static RepoFault? FaultOf(byte[] bytes)
    {
        try
        {
            SkipAll(bytes);
            return null;
        }
        catch (RepoFaultException e)
        {
            return e.Fault;
        }
    }

    private static void SkipAll(byte[] bytes)
    {
        var reader = new DagCborReader(bytes);
        reader.Skip();
        reader.ExpectEnd();
    }
}
