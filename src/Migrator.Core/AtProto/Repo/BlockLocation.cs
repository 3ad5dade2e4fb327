using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>Where a block lies and what is known about it, in 64 bits: 36 of offset, 22 of data length, 6 of flags.</summary>
/// <param name="Bits">The packed form; zero means "no block".</param>
internal readonly record struct BlockLocation(ulong Bits)
{
    public const long MaxOffset = (1L << 36) - 1;
    public const int MaxDataLength = (1 << 22) - 1;

    private const int OffsetShift = 28;
    private const int LengthShift = 6;

    public static BlockLocation Of(long cidOffset, int dataLength, BlockFlags flags) =>
        new(((ulong)cidOffset << OffsetShift) | ((ulong)(uint)dataLength << LengthShift) | (ulong)flags);

    /// <summary>Where the CID begins; the data follows it.</summary>
    public long CidOffset => (long)(Bits >> OffsetShift);

    public long DataOffset => CidOffset + Cid.BinaryLength;

    public int DataLength => (int)(Bits >> LengthShift) & MaxDataLength;

    public BlockFlags Flags => (BlockFlags)(Bits & ((1 << LengthShift) - 1));
}

/// <summary>What is known about a block.</summary>
[Flags]
internal enum BlockFlags
{
    None = 0,

    /// <summary>It is one valid DAG-CBOR map, so it may be a record.</summary>
    IsMap = 1,

    /// <summary>It holds at least one blob reference.</summary>
    HasBlobs = 2,

    /// <summary>The walk from the commit came to it.</summary>
    Reached = 4,

    /// <summary>It was written to the file that is being made.</summary>
    Written = 8,

    /// <summary>It has the fields of a tree node.</summary>
    IsNode = 16,

    /// <summary>What is wanted of it again is in <see cref="KeptBlocks"/>, for the time of the verification.</summary>
    IsKept = 32,
}
