namespace Migrator.Core.AtProto.Xrpc;

/// <summary>A streamed answer broke, stalled or grew too large while it was read; <see cref="Error"/> says which.</summary>
public sealed class XrpcStreamException(XrpcError error, Exception cause) : IOException(error.Message, cause)
{
    public XrpcError Error { get; } = error;
}
