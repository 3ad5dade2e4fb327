using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>Which blobs one record refers to.</summary>
public static class RecordBlobs
{
    /// <summary>Each blob once, with the type that the record gives it, at any depth and in both forms of a reference.</summary>
    /// <exception cref="RepoFaultException">The bytes are not one valid item.</exception>
    public static IReadOnlyDictionary<Cid, string> Of(ReadOnlySpan<byte> record)
    {
        var found = new Dictionary<Cid, string>();
        var reader = new DagCborReader(record);
        var visitor = new BlobVisitor<Sink>(new Sink(found));
        DagCborWalker.Walk(ref reader, ref visitor);
        reader.ExpectEnd();
        return found;
    }

    private readonly struct Sink(Dictionary<Cid, string> found) : IBlobSink
    {
        public void Found(Cid cid, ReadOnlySpan<byte> mimeType, long? size) =>
            found.TryAdd(cid, System.Text.Encoding.UTF8.GetString(mimeType));
    }
}
