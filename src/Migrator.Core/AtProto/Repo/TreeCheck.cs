using System.Runtime.CompilerServices;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// The second pass: walks the tree from its root, sees that every record is there and is one, collects blob references, and marks
/// what it reached.
/// </summary>
internal sealed class TreeCheck(BlockStore store, RepoLimits limits)
{
    private readonly Dictionary<string, long> _byCollection = [];
    private byte[] _buffer = new byte[4096];
    private byte[] _collection = [];
    private long _inCollection;

    public long Records { get; private set; }

    /// <summary>Different blocks that were reached.</summary>
    public long Blocks { get; private set; }

    /// <summary>Bytes of data in those blocks.</summary>
    public long Bytes { get; private set; }

    public BlobTable Blobs { get; } = new();

    public IReadOnlyDictionary<string, long> RecordsByCollection => _byCollection;

    /// <exception cref="RepoFaultException">Something is missing or breaks a rule.</exception>
    public void Run(Cid root, CancellationToken cancel)
    {
        var cursor = new MstCursor(new MarkingBlocks(this, store), limits.MaxTreeHeight);
        cursor.StartAtRoot(root);
        while (cursor.MoveToRecord())
        {
            if ((++Records & 0xfff) == 0) cancel.ThrowIfCancellationRequested();
            CheckRecord(cursor);
            cursor.Advance();
        }
        CloseCollection();
    }

    /// <summary>Marks a block as reached.</summary>
    /// <returns>Where it lies; nothing when there is no such block.</returns>
    public BlockLocation Reach(in Cid cid)
    {
        ref var bits = ref store.Index.Find(cid);
        if (Unsafe.IsNullRef(ref bits)) return default;
        var location = new BlockLocation(Interlocked.Or(ref bits, (ulong)BlockFlags.Reached));
        if ((location.Flags & BlockFlags.Reached) == 0)
        {
            Blocks++;
            Bytes += location.DataLength;
        }
        return location;
    }

    private void CheckRecord(MstCursor cursor)
    {
        CountInCollection(cursor.Key[..cursor.Slash]);
        var cid = cursor.Cid;
        var location = Reach(cid);
        if ((location.Flags & (BlockFlags.IsMap | BlockFlags.HasBlobs)) == BlockFlags.IsMap) return;

        var path = cursor.Key;
        if (cid.Codec != CidCodec.DagCbor) throw Fault(RepoFault.RecordCodec, cursor.Offset, cid.ToString(), path);
        if (location == default) throw Fault(RepoFault.RecordMissing, cursor.Offset, cid.ToString(), path);
        var length = store.Read(cid, location, ref _buffer);
        try
        {
            var sink = new PathSink(Blobs, cursor);
            RecordCheck.Read(_buffer.AsSpan(Cid.BinaryLength, length), location.DataOffset, ref sink);
        }
        catch (RepoFaultException e)
        {
            throw Fault(e.Fault, e.Offset, e.Detail, path);
        }
    }

    /// <summary>Records of one collection come one after another, so the count is kept aside until the next begins.</summary>
    private void CountInCollection(ReadOnlySpan<byte> collection)
    {
        if (!collection.SequenceEqual(_collection))
        {
            CloseCollection();
            _collection = collection.ToArray();
        }
        _inCollection++;
    }

    private void CloseCollection()
    {
        if (_inCollection > 0) _byCollection.Add(System.Text.Encoding.ASCII.GetString(_collection), _inCollection);
        _inCollection = 0;
    }

    private static RepoFaultException Fault(RepoFault fault, long offset, string detail, ReadOnlySpan<byte> path) =>
        new(fault, offset, $"{detail}, record {System.Text.Encoding.ASCII.GetString(path)}");

    private readonly struct PathSink(BlobTable blobs, MstCursor cursor) : IBlobSink
    {
        public void Found(Cid cid, ReadOnlySpan<byte> mimeType, long? size) => blobs.Add(cid, mimeType, size, cursor.Key);
    }

    private sealed class MarkingBlocks(TreeCheck owner, BlockStore store) : IMstBlocks
    {
        public void Load(Cid cid, MstNode node)
        {
            owner.Reach(cid);
            store.Load(cid, node);
        }
    }
}
