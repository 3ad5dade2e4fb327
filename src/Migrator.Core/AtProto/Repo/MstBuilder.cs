using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// Builds the one tree that a set of records has, from the records in path order. Two accounts hold the same records if and only
/// if their roots are equal.
/// </summary>
/// <remarks>Memory follows the height of the tree, not the number of records.</remarks>
public sealed class MstBuilder
{
    private readonly Action<Cid, byte[]>? _onNode;
    private readonly List<Level> _levels = [];
    private readonly DagCborWriter _writer = new();
    private byte[] _last = [];

    /// <param name="onNode">Is given each finished node: children always before their parent, the root last.</param>
    public MstBuilder(Action<Cid, byte[]>? onNode = null) => _onNode = onNode;

    /// <summary>The root of the tree of these records.</summary>
    /// <param name="records">In the order of the bytes of their paths, none twice.</param>
    /// <exception cref="ArgumentException">A path is malformed, or out of order.</exception>
    public static Cid RootOf(IEnumerable<RepoRecord> records)
    {
        var builder = new MstBuilder();
        foreach (var record in records) builder.Add(record.Path, record.Cid);
        return builder.Finish();
    }

    /// <exception cref="ArgumentException">The path is malformed, or not greater than the one before.</exception>
    public void Add(string path, Cid value)
    {
        var key = System.Text.Encoding.UTF8.GetBytes(path);
        if (MstKey.FindSlash(key) < 0) throw new ArgumentException($"'{path}' is not a record path.", nameof(path));
        if (key.AsSpan().SequenceCompareTo(_last) <= 0) throw new ArgumentException($"'{path}' is out of order.", nameof(path));
        _last = key;

        var layer = MstKey.Layer(key);
        while (_levels.Count <= layer) _levels.Add(new Level());
        var below = CloseBelow(layer);
        if (below is not null) _levels[layer].AppendSubtree(below.Value);
        _levels[layer].Entries.Add(new Entry(key, value));
    }

    /// <summary>Closes the tree and gives its root. The builder cannot be used again.</summary>
    public Cid Finish() => CloseBelow(_levels.Count) ?? Emit(new Level());

    /// <summary>
    /// Makes nodes of everything that is open below a layer, each the subtree of the next higher. A layer with nothing of its own
    /// becomes a node that only links on, since no layer may be left out.
    /// </summary>
    private Cid? CloseBelow(int layer)
    {
        Cid? below = null;
        for (var i = 0; i < layer; i++)
        {
            var level = _levels[i];
            if (below is not null) level.AppendSubtree(below.Value);
            if (level.Left is null && level.Entries.Count == 0) continue;
            below = Emit(level);
            level.Clear();
        }
        return below;
    }

    private Cid Emit(Level level)
    {
        _writer.Clear();
        _writer.BeginMap();
        _writer.WriteKey("e");
        _writer.BeginArray();
        var previous = Array.Empty<byte>();
        foreach (var entry in level.Entries)
        {
            var prefix = previous.AsSpan().CommonPrefixLength(entry.Key);
            _writer.BeginMap();
            _writer.WriteKey("k");
            _writer.WriteBytes(entry.Key.AsSpan(prefix));
            _writer.WriteKey("p");
            _writer.WriteInteger(prefix);
            _writer.WriteKey("t");
            WriteOptional(entry.Tree);
            _writer.WriteKey("v");
            _writer.WriteLink(entry.Value);
            _writer.EndMap();
            previous = entry.Key;
        }
        _writer.EndArray();
        _writer.WriteKey("l");
        WriteOptional(level.Left);
        _writer.EndMap();
        var cid = Cid.ForDagCbor(_writer.WrittenSpan);
        _onNode?.Invoke(cid, _writer.ToArray());
        return cid;
    }

    private void WriteOptional(Cid? cid)
    {
        if (cid is { } value) _writer.WriteLink(value);
        else _writer.WriteNull();
    }

    /// <summary>The node of one layer that is still being filled.</summary>
    private sealed class Level
    {
        public Cid? Left { get; private set; }

        public List<Entry> Entries { get; } = [];

        public void AppendSubtree(Cid subtree)
        {
            if (Entries.Count == 0) Left = subtree;
            else Entries[^1] = Entries[^1] with { Tree = subtree };
        }

        public void Clear()
        {
            Left = null;
            Entries.Clear();
        }
    }

    private readonly record struct Entry(byte[] Key, Cid Value, Cid? Tree = null);
}
