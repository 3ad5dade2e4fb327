using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// One node of the tree, taken apart but not judged: <c>{e: [{k, p, t, v}, …], l}</c>. An instance is a buffer that is used again
/// for one node after another. Source: atproto.com/specs/repository, "MST Structure".
/// </summary>
internal sealed class MstNode
{
    private const int None = MstEntry.None;

    private MstEntry[] _entries = new MstEntry[16];
    private int _start, _left;

    /// <summary>The bytes of the node; whoever loads one may replace the array by a larger.</summary>
    public byte[] Buffer = new byte[4096];

    /// <summary>Where the node stands in the file.</summary>
    public long Offset { get; private set; }

    public int Count { get; private set; }

    public bool HasLeft => _left != None;

    /// <summary>The subtree before the first key.</summary>
    public Cid Left => Cid.FromCheckedBinary(Buffer.AsSpan(_start + _left, Cid.BinaryLength));

    public int PrefixLength(int entry) => _entries[entry].PrefixLength;

    public ReadOnlySpan<byte> Suffix(int entry) => Buffer.AsSpan(_start + _entries[entry].SuffixStart, _entries[entry].SuffixLength);

    public Cid Value(int entry) => Cid.FromCheckedBinary(Buffer.AsSpan(_start + _entries[entry].ValueStart, Cid.BinaryLength));

    public bool HasTree(int entry) => _entries[entry].TreeStart != None;

    /// <summary>The subtree between this key and the next.</summary>
    public Cid Tree(int entry) => Cid.FromCheckedBinary(Buffer.AsSpan(_start + _entries[entry].TreeStart, Cid.BinaryLength));

    /// <summary>Takes apart <paramref name="length"/> bytes of <see cref="Buffer"/> from <paramref name="start"/> on.</summary>
    /// <param name="start">Where the node begins in the buffer.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="offset">Where it begins in the file.</param>
    /// <exception cref="RepoFaultException">Not the fields of a node, each of its type.</exception>
    public void Parse(int start, int length, long offset)
    {
        Offset = offset;
        _start = start;
        var bytes = Buffer.AsSpan(start, length);
        if (MstNodeScanner.TryScan(bytes, ref _entries, out var count, out _left)) Count = count;
        else ParseStrictly(bytes);
        if (Count > 0 && _entries[0].PrefixLength != 0) throw Fault(RepoFault.NodePrefix, "the first key of a node has a prefix");
    }

    /// <summary>The slow way, with a fault for everything that can be wrong.</summary>
    private void ParseStrictly(ReadOnlySpan<byte> bytes)
    {
        Count = 0;
        var reader = new DagCborReader(bytes, Offset);
        if (reader.Peek() != DagCborType.Map) throw Malformed("not a map");
        var map = reader.ReadMap();
        if (map.Count != 2) throw Malformed($"{map.Count} fields instead of e and l");

        ExpectKey(ref map, ref reader, "e"u8);
        var count = reader.ReadArray();
        if (count > _entries.Length) _entries = new MstEntry[count];
        for (var i = 0; i < count; i++) _entries[i] = ReadEntry(ref reader);

        ExpectKey(ref map, ref reader, "l"u8);
        _left = ReadOptionalLink(ref reader);
        reader.ExpectEnd();
        Count = count;
    }

    private MstEntry ReadEntry(ref DagCborReader reader)
    {
        if (reader.Peek() != DagCborType.Map) throw Malformed("an entry is not a map");
        var map = reader.ReadMap();
        if (map.Count != 4) throw Malformed($"an entry has {map.Count} fields instead of k, p, t and v");
        MstEntry entry;
        ExpectKey(ref map, ref reader, "k"u8);
        entry.SuffixLength = reader.ReadBytes().Length;
        entry.SuffixStart = reader.Position - entry.SuffixLength;
        ExpectKey(ref map, ref reader, "p"u8);
        var prefix = reader.ReadInteger();
        if (prefix is < 0 or > MstKey.MaxLength) throw Fault(RepoFault.NodePrefix, $"a prefix of {prefix} bytes");
        entry.PrefixLength = (int)prefix;
        ExpectKey(ref map, ref reader, "t"u8);
        entry.TreeStart = ReadOptionalLink(ref reader);
        ExpectKey(ref map, ref reader, "v"u8);
        entry.ValueStart = ReadLink(ref reader);
        return entry;
    }

    private void ExpectKey(ref DagCborMapCursor map, ref DagCborReader reader, ReadOnlySpan<byte> expected)
    {
        if (!map.Next(ref reader, out var key) || !key.SequenceEqual(expected)) throw Malformed($"no field {(char)expected[0]}");
    }

    private static int ReadOptionalLink(ref DagCborReader reader) => reader.TryReadNull() ? None : ReadLink(ref reader);

    private static int ReadLink(ref DagCborReader reader)
    {
        reader.ReadLink();
        return reader.Position - Cid.BinaryLength;
    }

    private RepoFaultException Malformed(string detail) => Fault(RepoFault.NodeShape, detail);

    private RepoFaultException Fault(RepoFault fault, string detail) => new(fault, Offset, detail);
}
