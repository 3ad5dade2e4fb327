using Migrator.Core.AtProto.Car;
using Migrator.Core.AtProto.Encoding;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Backups;

/// <summary>
/// The bytes around the blobs in a pack, which is a CAR file: a header, then for each blob a length, its CID and its bytes.
/// </summary>
internal static class PackFrame
{
    /// <summary>Most bytes before a blob: four for the length of the largest block, and the CID.</summary>
    public const int MaxPrefix = 4 + Cid.BinaryLength;

    /// <summary>The header. A CAR file should have a root; here it is the first blob and means nothing.</summary>
    public static byte[] Header(Cid first)
    {
        using var bytes = new MemoryStream();
        new CarWriter(bytes, first).Flush();
        return bytes.ToArray();
    }

    /// <summary>Writes what stands before a blob.</summary>
    /// <returns>How many bytes that are.</returns>
    public static int WritePrefix(Span<byte> destination, Cid cid, int length)
    {
        var count = Varint.Write(destination, (ulong)(Cid.BinaryLength + length));
        cid.CopyTo(destination[count..]);
        return count + Cid.BinaryLength;
    }

    /// <summary>How many bytes stand before a blob of this length.</summary>
    public static int PrefixLength(int length)
    {
        Span<byte> number = stackalloc byte[Varint.MaxLength];
        return Varint.Write(number, (ulong)(Cid.BinaryLength + length)) + Cid.BinaryLength;
    }

    /// <summary>Whether these bytes stand before this blob. (Which codec its CID names says nothing of the bytes.)</summary>
    public static bool IsPrefix(ReadOnlySpan<byte> bytes, Cid cid, int length) =>
        Varint.Read(bytes, out var announced, out var count) == VarintResult.Ok && announced == (ulong)(Cid.BinaryLength + length)
        && Cid.TryReadBinary(bytes[count..], out var found) && cid.DigestEquals(found.ToByteArray().AsSpan(^Cid.DigestLength..));
}
