using FsCheck;
using FsCheck.Fluent;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Repo;

/// <summary>The fast way through a node and the strict one must give the same, for good nodes and for damaged ones.</summary>
public class MstNodeTests
{
    [Fact]
    public void Both_ways_agree_on_every_node_that_is_built() =>
        Prop.ForAll(MstBuilderTests.Records.ToArbitrary(), records =>
        {
            var builder = new MstBuilder((_, data) => Assert.True(AgreeOn(data)));
            foreach (var record in records) builder.Add(record.Path, record.Cid);
            builder.Finish();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(100));

    [Fact]
    public void Both_ways_agree_on_every_damage_of_one_bit()
    {
        var tree = new TestTree();
        var left = tree.Keys(TestTree.KeyIn(0, "a"));
        tree.Node(left, (0, TestTree.KeyIn(1, "b"), left, TestTree.Leaf), (2, new string('x', 300), null, Cid.ForRaw([1])));
        foreach (var (_, node) in tree.Nodes)
        {
            for (var at = 0; at < node.Length; at++)
            {
                for (var bit = 0; bit < 8; bit++)
                {
                    var damaged = (byte[])node.Clone();
                    damaged[at] ^= (byte)(1 << bit);
                    AgreeOn(damaged);
                }
                AgreeOn(node[..at]);
                AgreeOn([.. node[..at], 0xf6, .. node[at..]]);
            }
            Assert.False(AgreeOn([.. node, 0xf6]));
        }
    }

    [Theory]
    [InlineData("a26165990000616cf6")] // a count in too many bytes
    [InlineData("a261659817616cf6")]
    [InlineData("a2616599ffff616cf6")] // more entries than bytes
    [InlineData("a2616581a4616b580061700061 74f6 6176")]
    public void Neither_way_takes_what_is_not_canonical(string hex) => Assert.False(AgreeOn(Convert.FromHexString(hex.Replace(" ", ""))));

    /// <summary>Holds the fast way to the strict one.</summary>
    /// <returns>Whether the bytes are a node.</returns>
    private static bool AgreeOn(byte[] node)
    {
        var entries = new MstEntry[1];
        var fast = MstNodeScanner.TryScan(node, ref entries, out var count, out var left);
        var strict = Strict(node);
        // The strict way may take a node that the fast one leaves to it, never the other way round, and then all is equal.
        if (!fast) return strict is not null;
        Assert.NotNull(strict);
        Assert.Equal(strict.Value.Left, left == MstEntry.None ? null : Cid.FromBinary(node.AsSpan(left, Cid.BinaryLength)));
        Assert.Equal(strict.Value.Entries.Count, count);
        for (var i = 0; i < count; i++)
        {
            var entry = entries[i];
            Assert.Equal(strict.Value.Entries[i], new Entry(
                Convert.ToHexString(node.AsSpan(entry.SuffixStart, entry.SuffixLength)),
                entry.PrefixLength,
                entry.TreeStart == MstEntry.None ? null : Cid.FromBinary(node.AsSpan(entry.TreeStart, Cid.BinaryLength)),
                Cid.FromBinary(node.AsSpan(entry.ValueStart, Cid.BinaryLength))));
        }
        return true;
    }

    private static (Cid? Left, List<Entry> Entries)? Strict(byte[] node)
    {
        try
        {
            var reader = new DagCborReader(node);
            Field(ref reader, reader.ReadMap(), 2, "e");
            var entries = new List<Entry>();
            for (var count = reader.ReadArray(); count > 0; count--)
            {
                Field(ref reader, reader.ReadMap(), 4, "k");
                var suffix = Convert.ToHexString(reader.ReadBytes());
                Name(ref reader, "p");
                var prefix = reader.ReadInteger();
                Name(ref reader, "t");
                Cid? tree = reader.TryReadNull() ? null : reader.ReadLink();
                Name(ref reader, "v");
                if (prefix is < 0 or > MstKey.MaxLength) return null;
                entries.Add(new Entry(suffix, (int)prefix, tree, reader.ReadLink()));
            }
            Name(ref reader, "l");
            Cid? left = reader.TryReadNull() ? null : reader.ReadLink();
            reader.ExpectEnd();
            return (left, entries);
        }
        catch (RepoFaultException)
        {
            return null;
        }

        static void Field(ref DagCborReader reader, DagCborMapCursor map, int count, string name)
        {
            if (map.Count != count) throw new RepoFaultException(RepoFault.NodeShape, 0, "fields");
            Name(ref reader, name);
        }

        static void Name(ref DagCborReader reader, string name)
        {
            if (reader.ReadText() != name) throw new RepoFaultException(RepoFault.NodeShape, 0, "names");
        }
    }

    private sealed record Entry(string Suffix, int Prefix, Cid? Tree, Cid Value);
}
