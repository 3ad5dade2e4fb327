using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>Judges the bytes of one block as a record.</summary>
internal static class RecordCheck
{
    /// <summary>What the block can be used for. A block that is no record is not a fault as long as nothing refers to it.</summary>
    /// <param name="data">The block.</param>
    /// <param name="scratch">Is used to look at tree nodes, and made larger if need be.</param>
    /// <param name="notes">Gets the blob references of a record.</param>
    public static BlockFlags Classify(ReadOnlySpan<byte> data, ref MstEntry[] scratch, BlobNotes notes)
    {
        notes.Clear();
        // Every fifth block is a node of the tree: a valid map too, and one that is told quickly.
        if (MstNodeScanner.TryScan(data, ref scratch, out _, out _)) return BlockFlags.IsMap | BlockFlags.IsNode;
        try
        {
            var sink = new NoteSink(notes);
            if (!TryRead(data, 0, ref sink)) return BlockFlags.None;
            return notes.Any ? BlockFlags.IsMap | BlockFlags.HasBlobs : BlockFlags.IsMap;
        }
        catch (RepoFaultException)
        {
            // Not lost: when the tree refers to the block, it is read again and the fault is thrown with the record's path.
            return BlockFlags.None;
        }
    }

    /// <summary>Tells the sink about every blob reference of a record.</summary>
    /// <exception cref="RepoFaultException">Not one valid map.</exception>
    public static void Read<TSink>(ReadOnlySpan<byte> data, long offset, ref TSink sink) where TSink : struct, IBlobSink
    {
        if (!TryRead(data, offset, ref sink)) throw new RepoFaultException(RepoFault.RecordShape, offset, "not a map");
    }

    private static bool TryRead<TSink>(ReadOnlySpan<byte> data, long offset, ref TSink sink) where TSink : struct, IBlobSink
    {
        var reader = new DagCborReader(data, offset);
        if (reader.Peek() != DagCborType.Map) return false;
        var visitor = new BlobVisitor<TSink>(sink);
        DagCborWalker.Walk(ref reader, ref visitor);
        reader.ExpectEnd();
        sink = visitor.Sink;
        return true;
    }

    private readonly struct NoteSink(BlobNotes notes) : IBlobSink
    {
        public void Found(Cid cid, ReadOnlySpan<byte> mimeType, long? size) => notes.Add(cid, mimeType, size);
    }
}
