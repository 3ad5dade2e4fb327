using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// Shortens CIDs to 64 bits, mixed with keys that are drawn anew for each instance: nobody can prepare two CIDs with the same tag.
/// </summary>
internal sealed class CidTagger
{
    private readonly ulong _key0, _key1, _key2, _key3;

    public CidTagger()
    {
        Span<ulong> keys = stackalloc ulong[4];
        RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(keys));
        (_key0, _key1, _key2, _key3) = (keys[0], keys[1], keys[2], keys[3]);
    }

    public ulong Tag(in Cid cid)
    {
        cid.GetDigest(out var d0, out var d1, out var d2, out var d3);
        var high = Math.BigMul(d0 ^ _key0, d1 ^ _key1, out var low);
        var high2 = Math.BigMul(d2 ^ _key2, d3 ^ _key3, out var low2);
        return high ^ low ^ BitOperations.RotateLeft(high2 ^ low2, 31) ^ (ulong)cid.Codec;
    }
}
