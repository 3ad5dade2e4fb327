using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>Is told about each blob reference of a record.</summary>
internal interface IBlobSink
{
    /// <param name="cid">The blob.</param>
    /// <param name="mimeType">UTF-8, as the record says; lives only during the call.</param>
    /// <param name="size">As the record says; null for the old form.</param>
    void Found(Cid cid, ReadOnlySpan<byte> mimeType, long? size);
}
