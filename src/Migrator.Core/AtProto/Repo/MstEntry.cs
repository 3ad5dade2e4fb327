namespace Migrator.Core.AtProto.Repo;

/// <summary>One entry of a tree node: positions and lengths within the bytes of the node.</summary>
internal struct MstEntry
{
    /// <summary>The position of what is not there.</summary>
    public const int None = -1;

    /// <summary>How many bytes of the key before it the key begins with.</summary>
    public int PrefixLength;

    /// <summary>Where the rest of the key stands.</summary>
    public int SuffixStart;

    public int SuffixLength;

    /// <summary>Where the CID of the record stands.</summary>
    public int ValueStart;

    /// <summary>Where the CID of the subtree after the key stands.</summary>
    public int TreeStart;
}
