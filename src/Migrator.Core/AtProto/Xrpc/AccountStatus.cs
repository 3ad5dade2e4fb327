using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>
/// A server's own counts of an account. They are signs, not proof: <paramref name="ImportedBlobs"/> counts uploads that no record uses, so
/// it can reach <paramref name="ExpectedBlobs"/> while blobs are missing.
/// </summary>
/// <param name="Activated">The account is open.</param>
/// <param name="ValidDid">The DID document names this server, its rotation key and the account's key here.</param>
/// <param name="RepoCommit">The head commit. After an import it is the imported one.</param>
/// <param name="RepoRev">The head's rev on this server; after an import a new one, not the rev inside the commit.</param>
/// <param name="RepoBlocks">Blocks stored: commit, tree nodes and records.</param>
/// <param name="IndexedRecords">Paths in the repo.</param>
/// <param name="ExpectedBlobs">Distinct CIDs of blobs that records refer to.</param>
/// <param name="ImportedBlobs">Blobs uploaded, used or not.</param>
public sealed record AccountStatus(
    bool Activated, bool ValidDid, Cid RepoCommit, string RepoRev, long RepoBlocks, long IndexedRecords,
    long ExpectedBlobs, long ImportedBlobs)
{
    internal static AccountStatus Read(ReplyReader reply) => new(
        reply.Bool("activated"),
        reply.Bool("validDid"),
        reply.Cid("repoCommit"),
        reply.String("repoRev"),
        reply.Long("repoBlocks"),
        reply.Long("indexedRecords"),
        reply.Long("expectedBlobs"),
        reply.Long("importedBlobs"));
}
