namespace Migrator.Core.AtProto.Syntax;

/// <summary>What the bytes behind a <see cref="Cid"/> are; the numbers are multicodec codes.</summary>
public enum CidCodec : byte
{
    /// <summary>Anything at all: blobs.</summary>
    Raw = 0x55,

    /// <summary>One DAG-CBOR item: records, tree nodes, commits, PLC operations.</summary>
    DagCbor = 0x71,
}
