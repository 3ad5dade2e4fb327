using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>Puts the blobs of the record at which a cursor stands into the table.</summary>
internal readonly struct PathSink(BlobTable blobs, MstCursor cursor) : IBlobSink
{
    public void Found(Cid cid, ReadOnlySpan<byte> mimeType, long? size) => blobs.Add(cid, mimeType, size, cursor.Key);
}
