using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>What the server says that it received.</summary>
/// <param name="Cid">Of the bytes as they arrived.</param>
/// <param name="MimeType">The type the server settled on, which may be another than the one sent.</param>
/// <param name="Size">In bytes.</param>
public sealed record UploadedBlob(Cid Cid, string MimeType, long Size)
{
    internal static UploadedBlob Read(ReplyReader reply)
    {
        var blob = reply.Object("blob");
        return new UploadedBlob(blob.Object("ref").Cid("$link"), blob.String("mimeType"), blob.Long("size"));
    }
}
