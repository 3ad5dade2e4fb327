using System.Numerics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// Where each block lies: CID to <see cref="BlockLocation"/>, at 16 bytes an entry in tables that are 53 to 80 per cent full.
/// </summary>
/// <remarks>
/// <para>A CID is kept as a tag of 64 bits, mixed with keys that are drawn anew for each index. So nobody can prepare two CIDs with
/// the same tag, and by chance a missing block is taken for a present one once in 10^12 repositories of ten million blocks.
/// Who reads a block sees its full CID in the file and compares it.</para>
/// <para>Adding is safe from many threads at once; finding is safe from many threads once nothing is added any more.</para>
/// </remarks>
internal sealed class BlockIndex
{
    private const int ShardBits = 6;
    private readonly Shard[] _shards = new Shard[1 << ShardBits];
    private readonly ulong _key0, _key1, _key2, _key3;

    public BlockIndex()
    {
        Span<ulong> keys = stackalloc ulong[4];
        RandomNumberGenerator.Fill(System.Runtime.InteropServices.MemoryMarshal.AsBytes(keys));
        (_key0, _key1, _key2, _key3) = (keys[0], keys[1], keys[2], keys[3]);
        for (var i = 0; i < _shards.Length; i++) _shards[i] = new Shard();
    }

    /// <summary>How many different blocks there are.</summary>
    public long Count => _shards.Sum(s => (long)s.Count);

    /// <summary>Notes a block.</summary>
    /// <returns>False when it was there already; the first place stays.</returns>
    public bool Add(in Cid cid, BlockLocation location)
    {
        var tag = Tag(cid);
        var shard = _shards[tag >> (64 - ShardBits)];
        lock (shard) return shard.Add(tag, location.Bits);
    }

    /// <summary>The packed location, in place, so that flags can be set; a null reference when there is no such block.</summary>
    public ref ulong Find(in Cid cid)
    {
        var tag = Tag(cid);
        return ref _shards[tag >> (64 - ShardBits)].Find(tag);
    }

    public bool TryFind(in Cid cid, out BlockLocation location)
    {
        ref var bits = ref Find(cid);
        var found = !Unsafe.IsNullRef(ref bits);
        location = found ? new BlockLocation(bits) : default;
        return found;
    }

    /// <summary>Takes a flag from every block.</summary>
    public void ClearFlag(BlockFlags flag)
    {
        foreach (var shard in _shards) shard.ClearFlag(flag);
    }

    private ulong Tag(in Cid cid)
    {
        cid.GetDigest(out var d0, out var d1, out var d2, out var d3);
        var high = Math.BigMul(d0 ^ _key0, d1 ^ _key1, out var low);
        var high2 = Math.BigMul(d2 ^ _key2, d3 ^ _key3, out var low2);
        return high ^ low ^ BitOperations.RotateLeft(high2 ^ low2, 31) ^ (ulong)cid.Codec;
    }

    /// <summary>An open-addressing table of pairs (tag, location); a location of zero is a free place.</summary>
    private sealed class Shard
    {
        private ulong[] _pairs = new ulong[2 * 64];

        public int Count { get; private set; }

        private int Capacity => _pairs.Length / 2;

        public bool Add(ulong tag, ulong location)
        {
            if (Count >= (long)Capacity * 4 / 5) Grow();
            var at = Probe(_pairs, tag);
            if (_pairs[at + 1] != 0) return false;
            _pairs[at] = tag;
            _pairs[at + 1] = location;
            Count++;
            return true;
        }

        public ref ulong Find(ulong tag)
        {
            var at = Probe(_pairs, tag);
            if (_pairs[at + 1] == 0) return ref Unsafe.NullRef<ulong>();
            return ref _pairs[at + 1];
        }

        public void ClearFlag(BlockFlags flag)
        {
            for (var at = 1; at < _pairs.Length; at += 2) _pairs[at] &= ~(ulong)flag;
        }

        private void Grow()
        {
            var larger = new ulong[checked((Capacity + Capacity / 2) * 2)];
            for (var from = 0; from < _pairs.Length; from += 2)
            {
                if (_pairs[from + 1] == 0) continue;
                var to = Probe(larger, _pairs[from]);
                larger[to] = _pairs[from];
                larger[to + 1] = _pairs[from + 1];
            }
            _pairs = larger;
        }

        /// <summary>Where the tag is, or the free place where it would go.</summary>
        private static int Probe(ulong[] pairs, ulong tag)
        {
            // The top bits chose the shard; the low half, scaled to the capacity, chooses the place.
            var at = (int)(((ulong)(uint)tag * (ulong)(pairs.Length / 2)) >> 32) * 2;
            while (pairs[at + 1] != 0 && pairs[at] != tag)
            {
                at += 2;
                if (at == pairs.Length) at = 0;
            }
            return at;
        }
    }
}
