using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Testing.Repos;

/// <summary>Makes signed repositories for tests: records in, blocks out.</summary>
public sealed class RepoBuilder(Did did, PrivateKey key)
{
    private readonly SortedDictionary<string, Cid> _paths = new(StringComparer.Ordinal);
    private readonly Dictionary<Cid, byte[]> _records = [];
    private readonly DagCborWriter _writer = new();

    public Tid Rev { get; set; } = Tid.Parse("3n2v7yvgw5k2g");

    /// <summary>Adds or replaces a record.</summary>
    public RepoBuilder Put(string path, byte[] cbor)
    {
        var cid = Cid.ForDagCbor(cbor);
        _records.TryAdd(cid, cbor);
        _paths[path] = cid;
        return this;
    }

    /// <summary>Adds or replaces a record; the action writes its one item.</summary>
    public RepoBuilder Put(string path, Action<DagCborWriter> write)
    {
        _writer.Clear();
        write(_writer);
        return Put(path, _writer.ToArray());
    }

    /// <summary>Adds or replaces a record with one field.</summary>
    public RepoBuilder PutText(string path, string text) => Put(path, w =>
    {
        w.BeginMap();
        w.WriteKey("$type");
        w.WriteText(path[..path.IndexOf('/')]);
        w.WriteKey("text");
        w.WriteText(text);
        w.EndMap();
    });

    /// <summary>Names a record whose block will not be there.</summary>
    public RepoBuilder PutMissing(string path, Cid cid)
    {
        _paths[path] = cid;
        return this;
    }

    public bool Delete(string path) => _paths.Remove(path);

    public BuiltRepo Build()
    {
        var nodes = new List<(Cid Cid, byte[] Data)>();
        var tree = new MstBuilder((cid, data) => nodes.Add((cid, data)));
        foreach (var (path, cid) in _paths) tree.Add(path, cid);
        var root = tree.Finish();
        nodes.Reverse();
        return Sign(root, nodes);
    }

    /// <summary>A repository over a tree made elsewhere, right or wrong.</summary>
    public BuiltRepo Sign(Cid root, IEnumerable<(Cid Cid, byte[] Data)> nodes)
    {
        var unsigned = Commit(root, signature: null);
        var commit = Commit(root, key.Sign(unsigned));
        List<(Cid, byte[])> blocks = [(Cid.ForDagCbor(commit), commit), .. nodes];
        foreach (var cid in _paths.Values.Distinct())
        {
            if (_records.TryGetValue(cid, out var data)) blocks.Add((cid, data));
        }
        var records = _paths.Select(p => new RepoRecord(p.Key, p.Value)).ToList();
        return new BuiltRepo(blocks, root, records, new RepoExpectation(did, [key.PublicKey]));
    }

    private byte[] Commit(Cid root, byte[]? signature)
    {
        _writer.Clear();
        _writer.BeginMap();
        _writer.WriteKey("did");
        _writer.WriteText(did.ToString());
        _writer.WriteKey("version");
        _writer.WriteInteger(3);
        _writer.WriteKey("data");
        _writer.WriteLink(root);
        _writer.WriteKey("rev");
        _writer.WriteText(Rev.ToString());
        _writer.WriteKey("prev");
        _writer.WriteNull();
        if (signature is not null)
        {
            _writer.WriteKey("sig");
            _writer.WriteBytes(signature);
        }
        _writer.EndMap();
        return _writer.ToArray();
    }
}
