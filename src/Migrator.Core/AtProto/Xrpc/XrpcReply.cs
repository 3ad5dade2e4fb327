namespace Migrator.Core.AtProto.Xrpc;

/// <summary>A small answer, read whole: the bytes as they came and the media type without its parameters.</summary>
public sealed record XrpcReply(byte[] Body, string? MediaType);
