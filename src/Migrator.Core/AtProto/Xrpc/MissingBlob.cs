using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>A blob that a record of the account refers to and the server does not have. The record's URI is the server's text.</summary>
public sealed record MissingBlob(Cid Cid, string RecordUri);
