using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>Where a tree walk gets its nodes from.</summary>
internal interface IMstBlocks
{
    /// <summary>Reads a node's bytes into its buffer and takes it apart.</summary>
    /// <exception cref="DagCbor.RepoFaultException">The block is not there, or is no node.</exception>
    void Load(Cid cid, MstNode node);
}
