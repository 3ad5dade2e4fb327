namespace Migrator.Core.AtProto.DagCbor;

/// <summary>Plain-English meaning of each <see cref="RepoFault"/>.</summary>
public static class RepoFaultText
{
    /// <summary>One sentence without technical terms that are not explained, ending with a full stop.</summary>
    public static string Explain(this RepoFault fault) => fault switch
    {
        RepoFault.CborTruncated => "A piece of data ends in the middle.",
        RepoFault.CborNotShortest => "A number or length is not written in its shortest form, so the data has no single valid form.",
        RepoFault.CborIndefiniteLength => "A list or text has no stated length, which the format forbids.",
        RepoFault.CborFloat => "A number is a floating-point number, which the format forbids.",
        RepoFault.CborTag => "A value carries a tag other than that of a link, which the format forbids.",
        RepoFault.CborSimpleValue => "A value is of a kind that the format does not have.",
        RepoFault.CborIntegerRange => "A number does not fit into 64 bits.",
        RepoFault.CborKeyNotText => "The name of a field is not text.",
        RepoFault.CborKeyOrder => "The fields of a value are not in the order that the format demands.",
        RepoFault.CborKeyDuplicate => "A value has the same field twice.",
        RepoFault.CborUtf8 => "A text is not valid UTF-8.",
        RepoFault.CborLink => "A link to another block is malformed.",
        RepoFault.CborDepth => "Values are nested more deeply than is allowed.",
        RepoFault.CborSize => "A list, map or field name is larger than is allowed.",
        RepoFault.CborTrailingBytes => "A block has bytes after its end.",
        RepoFault.CborUnexpectedType => "A value has another type than it must have in this place.",

        RepoFault.CarEmpty => "The repository file is empty.",
        RepoFault.CarTruncated => "The repository file ends in the middle of a block.",
        RepoFault.CarVarint => "The length in front of a block is malformed.",
        RepoFault.CarHeader => "The start of the repository file is not that of a CAR file, version 1.",
        RepoFault.CarRoots => "The repository file does not name exactly one starting point.",
        RepoFault.CarBlockCid => "A block's name (CID) is malformed or of a kind that the protocol does not allow.",
        RepoFault.CarBlockHash => "The bytes of a block do not match its name (CID): they were damaged or changed.",
        RepoFault.CarBlockSize => "A block is larger than is allowed.",
        RepoFault.CarTooLarge => "The repository file is larger than is allowed.",
        RepoFault.CarTooManyBlocks => "The repository file has more blocks than are allowed.",

        RepoFault.CommitMissing => "The signed summary (commit) of the repository is not in the file.",
        RepoFault.CommitShape => "The signed summary (commit) of the repository does not have the fields that it must have.",
        RepoFault.CommitVersion => "The repository is in another version of the format than 3.",
        RepoFault.CommitDid => "The repository belongs to another account.",
        RepoFault.CommitRev => "The revision of the repository is malformed.",
        RepoFault.CommitSignature => "The signature of the repository does not match any signing key of the account.",

        RepoFault.BlockMissing => "A block of the tree of records is missing: the file is incomplete.",
        RepoFault.NodeShape => "A block of the tree of records does not have the fields that it must have.",
        RepoFault.NodePrefix => "The shortened record paths in a block of the tree are not shortened as the format demands.",
        RepoFault.NodeKeySyntax => "A record path is not a collection and a record key.",
        RepoFault.NodeKeyOrder => "The record paths in the tree are not in order.",
        RepoFault.NodeKeyDuplicate => "A record path is twice in the tree.",
        RepoFault.NodeLayer => "A record path stands at another height of the tree than it must.",
        RepoFault.NodeEmpty => "A block of the tree of records holds nothing.",
        RepoFault.NodePassThroughRoot => "The top block of the tree holds no record path, only a link to the next.",
        RepoFault.TreeDepth => "The tree of records is deeper than is allowed.",

        RepoFault.RecordMissing => "A record that the tree lists is missing: the file is incomplete.",
        RepoFault.RecordShape => "A record is not a map of fields.",
        RepoFault.RecordCodec => "The name (CID) of a record says that it is not a record.",
        RepoFault.TooManyBlobs => "Records refer to more files (blobs) than are allowed.",

        RepoFault.FileChanged => "The repository file was changed on disk after it had been checked.",
        _ => "The repository is damaged.",
    };
}
