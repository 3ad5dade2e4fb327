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

    private enum Kind : byte
    {
        Forbidden,
        Allowed,
        Slash,
    }

    private static readonly Kind[] Kinds = MakeKinds();

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
    /// <param name="key">The whole key.</param>
    /// <param name="known">So many bytes at its start are those of another record path.</param>
    /// <param name="knownSlash">Where that path has its slash; it counts only if it lies in those bytes.</param>
    /// <returns>Where the slash is, or -1 when this is no record path.</returns>
    public static int FindSlash(ReadOnlySpan<byte> key, int known = 0, int knownSlash = 0)
    {
        if (key.Length > MaxLength) return -1;
        var slash = knownSlash < known ? knownSlash : -1;
        for (var at = known; at < key.Length; at++)
        {
            var kind = Kinds[key[at]];
            if (kind == Kind.Allowed) continue;
            if (kind == Kind.Forbidden || slash >= 0) return -1;
            slash = at;
        }
        if (slash <= 0) return -1;
        var recordKey = key[(slash + 1)..];
        if (recordKey.IsEmpty || recordKey.Length > MaxRecordKeyLength) return -1;
        return recordKey.SequenceEqual("."u8) || recordKey.SequenceEqual(".."u8) ? -1 : slash;
    }

    private static Kind[] MakeKinds()
    {
        var kinds = new Kind[256];
        foreach (var c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_~-:."u8) kinds[c] = Kind.Allowed;
        kinds['/'] = Kind.Slash;
        return kinds;
    }
}
