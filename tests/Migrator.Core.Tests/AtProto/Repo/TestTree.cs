using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Tests.AtProto.Repo;

/// <summary>Tree nodes made by hand, right or wrong, and the blocks to walk them in.</summary>
internal sealed class TestTree : IMstBlocks
{
    private readonly Dictionary<Cid, byte[]> _nodes = [];

    public static Cid Leaf { get; } = Cid.ForDagCbor([0xa0]);

    public IReadOnlyCollection<(Cid, byte[])> Nodes => [.. _nodes.Select(n => (n.Key, n.Value))];

    /// <summary>Adds a node.</summary>
    /// <param name="left">The subtree before the first key.</param>
    /// <param name="entries">Prefix length, rest of the key, subtree after it, record.</param>
    public Cid Node(Cid? left, params (int Prefix, string Suffix, Cid? Tree, Cid Value)[] entries)
    {
        var writer = new DagCborWriter();
        writer.BeginMap();
        writer.WriteKey("l");
        Link(left);
        writer.WriteKey("e");
        writer.BeginArray();
        foreach (var (prefix, suffix, tree, value) in entries)
        {
            writer.BeginMap();
            writer.WriteKey("p");
            writer.WriteInteger(prefix);
            writer.WriteKey("k");
            writer.WriteBytes(System.Text.Encoding.UTF8.GetBytes(suffix));
            writer.WriteKey("t");
            Link(tree);
            writer.WriteKey("v");
            writer.WriteLink(value);
            writer.EndMap();
        }
        writer.EndArray();
        writer.EndMap();
        return Block(writer.ToArray());

        void Link(Cid? cid)
        {
            if (cid is { } value) writer.WriteLink(value);
            else writer.WriteNull();
        }
    }

    /// <summary>A node of whole keys, compressed as they must be, without subtrees.</summary>
    public Cid Keys(params string[] keys)
    {
        var previous = "";
        var entries = new List<(int, string, Cid?, Cid)>();
        foreach (var key in keys)
        {
            var prefix = previous.AsSpan().CommonPrefixLength(key);
            entries.Add((prefix, key[prefix..], null, Leaf));
            previous = key;
        }
        return Node(null, [.. entries]);
    }

    public Cid Block(byte[] data)
    {
        var cid = Cid.ForDagCbor(data);
        _nodes[cid] = data;
        return cid;
    }

    public TestTree With(IEnumerable<RepoRecord> records, out Cid root)
    {
        var builder = new MstBuilder((cid, data) => _nodes[cid] = data);
        foreach (var record in records) builder.Add(record.Path, record.Cid);
        root = builder.Finish();
        return this;
    }

    public void Load(Cid cid, MstNode node)
    {
        if (!_nodes.TryGetValue(cid, out var data)) throw new RepoFaultException(RepoFault.BlockMissing, -1, cid.ToString());
        if (node.Buffer.Length < data.Length) node.Buffer = new byte[data.Length];
        data.CopyTo(node.Buffer, 0);
        node.Parse(0, data.Length, 0);
    }

    public MstCursor Open(Cid root, int maxHeight = 32)
    {
        var cursor = new MstCursor(this, maxHeight);
        cursor.StartAtRoot(root);
        return cursor;
    }

    public List<string> Walk(Cid root, int maxHeight = 32)
    {
        var keys = new List<string>();
        var cursor = Open(root, maxHeight);
        while (cursor.MoveToRecord())
        {
            keys.Add(System.Text.Encoding.ASCII.GetString(cursor.Key));
            cursor.Advance();
        }
        return keys;
    }

    public RepoFault? FaultOf(Cid root, int maxHeight = 32)
    {
        try
        {
            Walk(root, maxHeight);
            return null;
        }
        catch (RepoFaultException e)
        {
            return e.Fault;
        }
    }

    /// <summary>The first key <c>c/{prefix}{number}</c> that belongs in a layer, counting up from a number.</summary>
    public static string KeyIn(int layer, string prefix = "k", int from = 0)
    {
        for (var i = from; ; i++)
        {
            var key = $"c/{prefix}{i:d7}";
            if (MstKey.Layer(System.Text.Encoding.ASCII.GetBytes(key)) == layer) return key;
        }
    }
}
