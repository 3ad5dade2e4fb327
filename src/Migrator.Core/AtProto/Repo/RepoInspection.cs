using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// What the CAR files of a repository say when everything but the signature was checked. It proves that they are whole, not whose they are.
/// </summary>
/// <param name="Did">The account that the commit names.</param>
/// <param name="Data">The root of the tree of records.</param>
/// <param name="Bytes">Bytes of the blocks that belong to it.</param>
/// <param name="UnreferencedBlocks">Blocks in the files that belong to nothing.</param>
/// <param name="Blobs">Every blob that some record refers to, once each, in no order.</param>
public sealed record RepoInspection(
    Cid Commit, Did Did, Tid Rev, Cid Data, long Records, long Blocks, long Bytes, long UnreferencedBlocks,
    IReadOnlyDictionary<string, long> RecordsByCollection, IReadOnlyCollection<BlobReference> Blobs);
