using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.AtProto.DagCbor;

public class DagCborWriterTests
{
    [Theory]
    [InlineData(0, "00")]
    [InlineData(23, "17")]
    [InlineData(24, "1818")]
    [InlineData(255, "18ff")]
    [InlineData(256, "190100")]
    [InlineData(65535, "19ffff")]
    [InlineData(65536, "1a00010000")]
    [InlineData(uint.MaxValue, "1affffffff")]
    [InlineData(1L + uint.MaxValue, "1b0000000100000000")]
    [InlineData(long.MaxValue, "1b7fffffffffffffff")]
    [InlineData(-1, "20")]
    [InlineData(-24, "37")]
    [InlineData(-25, "3818")]
    [InlineData(long.MinValue, "3b7fffffffffffffff")]
    public void Integers_take_their_shortest_form(long value, string hex)
    {
        var writer = new DagCborWriter();
        writer.WriteInteger(value);
        Assert.Equal(hex, Convert.ToHexStringLower(writer.WrittenSpan));
    }

    [Fact]
    public void Fields_are_sorted_shorter_first_then_by_bytes()
    {
        var writer = new DagCborWriter();
        writer.BeginMap();
        foreach (var name in new[] { "version", "rev", "é", "prev", "data", "sig", "did", "z", "" })
        {
            writer.WriteKey(name);
            writer.BeginArray();
            writer.WriteText(name);
            writer.EndArray();
        }
        writer.EndMap();

        var reader = new DagCborReader(writer.WrittenSpan);
        var map = reader.ReadMap();
        var found = new List<string>();
        while (map.Next(ref reader, out var key))
        {
            found.Add(System.Text.Encoding.UTF8.GetString(key));
            Assert.Equal(1, reader.ReadArray());
            Assert.Equal(found[^1], reader.ReadText());
        }
        Assert.Equal(["", "z", "é", "did", "rev", "sig", "data", "prev", "version"], found);
        reader.ExpectEnd();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(23)]
    [InlineData(24)]
    [InlineData(300)]
    public void Containers_of_any_length_get_the_right_head(int count)
    {
        var writer = new DagCborWriter();
        writer.BeginArray();
        writer.BeginMap();
        for (var i = count - 1; i >= 0; i--)
        {
            writer.WriteKey($"key{i:d4}");
            writer.WriteInteger(i);
        }
        writer.EndMap();
        writer.BeginArray();
        for (var i = 0; i < count; i++) writer.WriteNull();
        writer.EndArray();
        writer.EndArray();

        var reader = new DagCborReader(writer.ToArray());
        Assert.Equal(2, reader.ReadArray());
        var map = reader.ReadMap();
        Assert.Equal(count, map.Count);
        for (var i = 0; map.Next(ref reader, out _); i++) Assert.Equal(i, reader.ReadInteger());
        Assert.Equal(count, reader.ReadArray());
        for (var i = 0; i < count; i++) reader.ReadNull();
        reader.ExpectEnd();
    }

    [Fact]
    public void Every_kind_of_value_is_read_back()
    {
        var cid = Cid.ForRaw([1, 2, 3]);
        var writer = new DagCborWriter();
        writer.BeginArray();
        writer.WriteText("häuser 🏠");
        writer.WriteBytes(new byte[300]);
        writer.WriteLink(cid);
        writer.WriteBoolean(true);
        writer.WriteBoolean(false);
        writer.WriteNull();
        writer.EndArray();

        var reader = new DagCborReader(writer.WrittenSpan);
        Assert.Equal(6, reader.ReadArray());
        Assert.Equal("häuser 🏠", reader.ReadText());
        Assert.Equal(300, reader.ReadBytes().Length);
        Assert.Equal(cid, reader.ReadLink());
        Assert.True(reader.ReadBoolean());
        Assert.False(reader.ReadBoolean());
        Assert.True(reader.TryReadNull());
        reader.ExpectEnd();
    }

    [Fact]
    public void A_writer_can_be_used_again()
    {
        var writer = new DagCborWriter();
        writer.WriteInteger(1);
        writer.Clear();
        writer.WriteInteger(2);
        Assert.Equal([2], writer.ToArray());
    }

    [Fact]
    public void Misuse_is_an_ordinary_exception()
    {
        Misuse(w => { w.BeginMap(); w.WriteInteger(1); });
        Misuse(w => { w.BeginMap(); w.WriteKey("a"); w.WriteKey("b"); });
        Misuse(w => { w.BeginMap(); w.WriteKey("a"); w.EndMap(); });
        Misuse(w => { w.BeginMap(); w.EndArray(); });
        Misuse(w => { w.BeginArray(); w.WriteKey("a"); });
        Misuse(w => { w.WriteInteger(1); w.WriteInteger(2); });
        Misuse(w => { w.BeginMap(); w.WriteKey("a"); w.WriteNull(); w.WriteKey("a"); w.WriteNull(); w.EndMap(); });
        Misuse(w => { w.BeginArray(); w.ToArray(); });
        Misuse(w => w.ToArray());
        Assert.ThrowsAny<ArgumentException>(() => new DagCborWriter().WriteText("\ud800"));

        static void Misuse(Action<DagCborWriter> use) => Assert.Throws<InvalidOperationException>(() => use(new DagCborWriter()));
    }
}
