using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>The head of a repo as its server announces it. Right after an import the rev is not the one inside the commit.</summary>
public sealed record LatestCommit(Cid Cid, Tid Rev)
{
    internal static LatestCommit Read(ReplyReader reply) => new(reply.Cid("cid"), reply.Tid("rev"));
}
