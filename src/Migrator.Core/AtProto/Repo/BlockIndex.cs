using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// Where each block lies: CID to <see cref="BlockLocation"/>, at 16 bytes an entry in tables that are four fifths full.
/// </summary>
/// <remarks>
/// A CID is kept as its <see cref="CidTagger">tag</see>. By chance a missing block is taken for a present one once in 10^12
/// repositories of ten million blocks; who reads a block sees its full CID in the file and compares it. Made by
/// <see cref="BlockIndexBuilder"/>; safe to use from many threads.
/// </remarks>
internal sealed class BlockIndex(CidTagger tagger, BlockIndex.Table[] shards)
{
    public const int ShardBits = 6;

    /// <summary>How many different blocks there are.</summary>
    public long Count { get; } = Sum(shards);

    /// <summary>The packed location, in place, so that flags can be set; a null reference when there is no such block.</summary>
    public ref ulong Find(in Cid cid)
    {
        var tag = tagger.Tag(cid);
        return ref shards[tag >> (64 - ShardBits)].Find(tag);
    }

    /// <summary>Asks the processor for the place of a block that is looked up soon: the table is far larger than its cache.</summary>
    public void Prefetch(in Cid cid)
    {
        var tag = tagger.Tag(cid);
        shards[tag >> (64 - ShardBits)].Prefetch(tag);
    }

    public bool TryFind(in Cid cid, out BlockLocation location)
    {
        ref var bits = ref Find(cid);
        var found = !Unsafe.IsNullRef(ref bits);
        location = found ? new BlockLocation(bits) : default;
        return found;
    }

    private static long Sum(Table[] shards)
    {
        long count = 0;
        foreach (var shard in shards) count += shard.Count;
        return count;
    }

    /// <summary>Takes a flag from every block.</summary>
    public void ClearFlag(BlockFlags flag)
    {
        foreach (var shard in shards) shard.ClearFlag(flag);
    }

    /// <summary>
    /// An open-addressing table of pairs (tag, location) over pages of equal size; a location of zero is a free place. There is
    /// always one, so a search ends.
    /// </summary>
    internal sealed class Table(ulong[][] pages)
    {
        /// <summary>Pairs in a page.</summary>
        public const int PageSize = 1024;

        private const int PageShift = 10;

        public int Count { get; private set; }

        /// <summary>Adds a pair; of two with the same tag the one that comes first in the file stays.</summary>
        public void Add(ulong tag, ulong location)
        {
            ref var place = ref Probe(tag);
            if (place == 0)
            {
                Unsafe.Subtract(ref place, 1) = tag;
                place = location;
                Count++;
            }
            else if (location < place)
            {
                place = location;
            }
        }

        public ref ulong Find(ulong tag)
        {
            ref var place = ref Probe(tag);
            if (place == 0) return ref Unsafe.NullRef<ulong>();
            return ref place;
        }

        public void ClearFlag(BlockFlags flag)
        {
            foreach (var page in pages)
            {
                for (var at = 1; at < page.Length; at += 2) page[at] &= ~(ulong)flag;
            }
        }

        public unsafe void Prefetch(ulong tag)
        {
            if (!Sse.IsSupported) return;
            var slot = FirstSlot(tag, pages.Length << PageShift);
            // The address is only a hint: it would do no harm if the page moved meanwhile, and pages are pinned.
            Sse.Prefetch0(Unsafe.AsPointer(ref pages[slot >> PageShift][(slot & (PageSize - 1)) * 2]));
        }

        /// <summary>The top bits chose the shard; the low half, scaled to the size, chooses the place.</summary>
        private static int FirstSlot(ulong tag, int size) => (int)(((ulong)(uint)tag * (ulong)size) >> 32);

        /// <summary>The location beside the tag, or the free one where the tag would go.</summary>
        private ref ulong Probe(ulong tag)
        {
            var size = pages.Length << PageShift;
            var slot = FirstSlot(tag, size);
            while (true)
            {
                var page = pages[slot >> PageShift];
                var at = (slot & (PageSize - 1)) * 2;
                if (page[at + 1] == 0 || page[at] == tag) return ref page[at + 1];
                if (++slot == size) slot = 0;
            }
        }
    }
}
