using System.Runtime.CompilerServices;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>What one worker finds in its parts of the tree.</summary>
internal sealed class TreePart : IMstBlocks
{
    private readonly BlockStore _store;
    private readonly BlobTable _blobs;
    private byte[] _buffer = new byte[4096];

    public TreePart(BlockStore store, BlobTable blobs, RepoLimits limits)
    {
        _store = store;
        _blobs = blobs;
        Cursor = new MstCursor(this, limits.MaxTreeHeight);
    }

    /// <summary>Walks the tree and marks every node it reads.</summary>
    public MstCursor Cursor { get; }

    public long Records { get; private set; }

    public CollectionCounts Collections { get; } = new();

    /// <summary>Different blocks that were reached.</summary>
    public long Blocks { get; private set; }

    /// <summary>Bytes of data in those blocks.</summary>
    public long Bytes { get; private set; }

    /// <summary>Marks a block as reached.</summary>
    /// <returns>Where it lies; nothing when there is no such block.</returns>
    public BlockLocation Reach(in Cid cid)
    {
        ref var bits = ref _store.Index.Find(cid);
        if (Unsafe.IsNullRef(ref bits)) return default;
        var location = new BlockLocation(Interlocked.Or(ref bits, (ulong)BlockFlags.Reached));
        if ((location.Flags & BlockFlags.Reached) == 0)
        {
            Blocks++;
            Bytes += location.DataLength;
        }
        return location;
    }

    /// <summary>Checks the record at which the cursor stands.</summary>
    /// <exception cref="RepoFaultException">It is missing, or is no record.</exception>
    public void CheckRecord()
    {
        Records++;
        Collections.Add(Cursor.Key[..Cursor.Slash]);
        var cid = Cursor.Cid;
        var location = Reach(cid);
        if ((location.Flags & (BlockFlags.IsMap | BlockFlags.HasBlobs)) == BlockFlags.IsMap) return;

        if (cid.Codec != CidCodec.DagCbor) throw Fault(RepoFault.RecordCodec, Cursor.Offset, cid.ToString());
        if (location == default) throw Fault(RepoFault.RecordMissing, Cursor.Offset, cid.ToString());
        var sink = new PathSink(_blobs, Cursor);
        if ((location.Flags & BlockFlags.HasBlobs) != 0 && _store.TryGetKept(cid, location, out var notes))
        {
            BlobNotes.Tell(notes, ref sink);
            return;
        }
        var data = _store.ReadHashed(cid, location, ref _buffer);
        try
        {
            RecordCheck.Read(data, location.DataOffset, ref sink);
        }
        catch (RepoFaultException e)
        {
            throw Fault(e.Fault, e.Offset, e.Detail);
        }
    }

    void IMstBlocks.Load(Cid cid, MstNode node)
    {
        _store.Load(cid, Reach(cid), node);
        // All of these are looked up next; together they wait for memory once, one after another each waits on its own.
        if (node.HasLeft) _store.Index.Prefetch(node.Left);
        for (var entry = 0; entry < node.Count; entry++)
        {
            _store.Index.Prefetch(node.Value(entry));
            if (node.HasTree(entry)) _store.Index.Prefetch(node.Tree(entry));
        }
    }

    private RepoFaultException Fault(RepoFault fault, long offset, string detail) =>
        new(fault, offset, $"{detail}, record {Cursor.KeyText()}");
}
