using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// Keys of the tree: record paths as ASCII bytes, <c>collection/rkey</c>.
/// Source: atproto.com/specs/repository, "Repository Paths" and "MST Structure".
/// </summary>
internal static class MstKey
{
    public const int MaxLength = 1024;
    private const int MaxRecordKeyLength = 512;
    private const byte Slash = (byte)'/';

    private static readonly SearchValues<byte> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_~-:./"u8);

    /// <summary>
    /// At what height of the tree a key stands: leading zero bits of its SHA-256, counted in pairs.
    /// </summary>
    public static int Layer(ReadOnlySpan<byte> key)
    {
        Span<byte> digest = stackalloc byte[Cid.DigestLength];
        BlockHash.Compute(key, digest);
        return LayerOfDigest(digest);
    }

    public static int LayerOfDigest(ReadOnlySpan<byte> digest)
    {
        for (var at = 0; at < digest.Length; at += 8)
        {
            var bits = BinaryPrimitives.ReadUInt64BigEndian(digest[at..]);
            if (bits != 0) return (at * 8 + BitOperations.LeadingZeroCount(bits)) / 2;
        }
        return digest.Length * 8 / 2;
    }

    /// <summary>
    /// The rule of the reference implementation for the tree: one slash, neither half empty, letters, digits and <c>_ ~ - : .</c>,
    /// at most 1024 bytes; and that of record keys for the second half: at most 512, not <c>.</c> or <c>..</c>.
    /// That the collection is an NSID is not asked: servers hold repositories where it is not, and those must be movable too.
    /// </summary>
    /// <returns>Where the slash is, or -1 when this is no record path.</returns>
    public static int FindSlash(ReadOnlySpan<byte> key)
    {
        if (key.Length > MaxLength || key.ContainsAnyExcept(Allowed)) return -1;
        var slash = key.IndexOf(Slash);
        if (slash <= 0) return -1;
        var recordKey = key[(slash + 1)..];
        if (recordKey.IsEmpty || recordKey.Length > MaxRecordKeyLength || recordKey.Contains(Slash)) return -1;
        return recordKey.SequenceEqual("."u8) || recordKey.SequenceEqual(".."u8) ? -1 : slash;
    }
}
