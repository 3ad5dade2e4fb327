using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// What was found in a repository of which everything was checked: the account, the signature, every block, the whole tree, every
/// record. Only <see cref="RepoVerifier"/> makes one.
/// </summary>
public class VerifiedSummary
{
    internal VerifiedSummary(
        VerifiedCommit commit, long records, long blocks, long bytes, long unreferencedBlocks,
        IReadOnlyDictionary<string, long> recordsByCollection, IReadOnlyCollection<BlobReference> blobs)
    {
        Commit = commit;
        Records = records;
        Blocks = blocks;
        Bytes = bytes;
        UnreferencedBlocks = unreferencedBlocks;
        RecordsByCollection = recordsByCollection;
        Blobs = blobs;
    }

    internal VerifiedSummary(VerifiedSummary other)
        : this(other.Commit, other.Records, other.Blocks, other.Bytes, other.UnreferencedBlocks, other.RecordsByCollection, other.Blobs)
    {
    }

    public VerifiedCommit Commit { get; }

    /// <summary>How many record paths there are.</summary>
    public long Records { get; }

    /// <summary>
    /// How many different blocks belong to the repository: commit, tree nodes, records. Only where blocks came in the order of the
    /// tree and were not kept (<see cref="RepoVerifier.SummarizeStreamAsync"/>), one that was sent twice counts twice.
    /// </summary>
    public long Blocks { get; }

    /// <summary>Bytes in those blocks, without the file around them.</summary>
    public long Bytes { get; }

    /// <summary>How many blocks the files hold that belong to nothing, such as those of records deleted since.</summary>
    public long UnreferencedBlocks { get; }

    public IReadOnlyDictionary<string, long> RecordsByCollection { get; }

    /// <summary>Every blob that some record refers to, once each, in no order.</summary>
    public IReadOnlyCollection<BlobReference> Blobs { get; }
}
