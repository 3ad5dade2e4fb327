namespace Migrator.Core.AtProto.DagCbor;

/// <summary>
/// Everything that can be wrong with the bytes of a repository, from the outermost layer inwards. A fault code never changes
/// its meaning: it is shown to people and kept in reports. <see cref="RepoFaultText.Explain"/> says each in plain English.
/// </summary>
public enum RepoFault
{
    // DAG-CBOR: one item of data
    CborTruncated = 100,
    CborNotShortest,
    CborIndefiniteLength,
    CborFloat,
    CborTag,
    CborSimpleValue,
    CborIntegerRange,
    CborKeyNotText,
    CborKeyOrder,
    CborKeyDuplicate,
    CborUtf8,
    CborLink,
    CborDepth,
    CborSize,
    CborTrailingBytes,
    CborUnexpectedType,

    // CAR: the file around the blocks
    CarEmpty = 200,
    CarTruncated,
    CarVarint,
    CarHeader,
    CarRoots,
    CarBlockCid,
    CarBlockHash,
    CarBlockSize,
    CarTooLarge,
    CarTooManyBlocks,

    // The commit
    CommitMissing = 300,
    CommitShape,
    CommitVersion,
    CommitDid,
    CommitRev,
    CommitSignature,

    // The tree from paths to records
    BlockMissing = 400,
    NodeShape,
    NodePrefix,
    NodeKeySyntax,
    NodeKeyOrder,
    NodeKeyDuplicate,
    NodeLayer,
    NodeEmpty,
    NodePassThroughRoot,
    TreeDepth,

    // Records
    RecordMissing = 500,
    RecordShape,
    RecordCodec,
    TooManyBlobs,

    // Our own copy of the file
    FileChanged = 600,
}
