namespace Migrator.Core.AtProto.DagCbor;

/// <summary>
/// What the reader accepts at most. The data-model guide suggests these numbers (nesting 32; twice that is accepted, since a
/// record that exists must still be movable); they keep hostile bytes from costing more than the bytes themselves.
/// </summary>
public static class DagCborLimits
{
    /// <summary>Maps and arrays within each other.</summary>
    public const int MaxDepth = 64;

    /// <summary>Elements of an array, fields of a map.</summary>
    public const int MaxContainerLength = 131_072;

    /// <summary>UTF-8 bytes of a field name.</summary>
    public const int MaxKeyLength = 8_192;
}
