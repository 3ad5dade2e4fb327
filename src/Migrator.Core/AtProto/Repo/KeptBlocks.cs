using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// What is wanted again of blocks that were hashed — the bytes of a tree node, the <see cref="BlobNotes"/> of a record — up to a fixed
/// number of bytes, first come, first kept. Such a block need not be read and hashed once more. Safe to use from many threads.
/// </summary>
internal sealed class KeptBlocks
{
    /// <summary>Enough for all of 100,000 records; more would not fit into the memory that a verification may take.</summary>
    public const int MaxBytes = 20 * 1024 * 1024;

    /// <summary>Of a hundred bytes those that only notes may take: they are small, and spare the reading of a whole record.</summary>
    private const int PercentForNotes = 45;

    private const int PositionBits = 25; // room for MaxBytes; the rest is for BlockLocation.MaxOffset
    private const int BytesPerSlot = 80; // nodes have some hundreds, notes some dozens

    private readonly byte[] _bytes;
    private readonly ulong[] _slots; // offset in the files, position here; 0 for a free place
    private readonly int _mask, _mostForNodes;
    private int _end, _count;
    private long _nodeBytes;

    /// <param name="filesBytes">Bytes of all files: more need not be kept.</param>
    public KeptBlocks(long filesBytes)
    {
        _bytes = GC.AllocateUninitializedArray<byte>((int)Math.Min(filesBytes, MaxBytes));
        _mostForNodes = (int)(_bytes.Length * (100L - PercentForNotes) / 100);
        _slots = new ulong[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(_bytes.Length / BytesPerSlot + 2))];
        _mask = _slots.Length - 1;
    }

    /// <summary>Keeps something of a block if there is room.</summary>
    /// <param name="cidOffset">Where the block lies in the files; not zero.</param>
    /// <param name="cid">The binary form of its name, to which it was hashed.</param>
    /// <param name="content">What to keep.</param>
    /// <param name="isNode">It is the bytes of a node.</param>
    /// <returns>Whether it was kept.</returns>
    public bool TryAdd(long cidOffset, ReadOnlySpan<byte> cid, ReadOnlySpan<byte> content, bool isNode)
    {
        var length = cid.Length + content.Length;
        if (isNode && Interlocked.Add(ref _nodeBytes, length) > _mostForNodes) return false;
        if (_end + length > _bytes.Length || _count * 4L > _slots.Length * 3L) return false;
        var end = Interlocked.Add(ref _end, length);
        if (end > _bytes.Length || Interlocked.Increment(ref _count) >= _slots.Length) return false;
        var position = end - length;
        cid.CopyTo(_bytes.AsSpan(position));
        content.CopyTo(_bytes.AsSpan(position + cid.Length));
        var entry = ((ulong)cidOffset << PositionBits) | (uint)position;
        for (var slot = FirstSlot(cidOffset); Interlocked.CompareExchange(ref _slots[slot], entry, 0) != 0;) slot = (slot + 1) & _mask;
        return true;
    }

    /// <summary>What was kept of a block.</summary>
    /// <param name="cid">Its name: what was kept is of what was hashed to it.</param>
    /// <param name="cidOffset">Where it lies in the files.</param>
    /// <param name="content">Starts with what was kept; other things follow. Lives as long as this.</param>
    public bool TryGet(in Cid cid, long cidOffset, out ReadOnlySpan<byte> content)
    {
        content = default;
        ulong entry;
        for (var slot = FirstSlot(cidOffset); (entry = _slots[slot]) != 0; slot = (slot + 1) & _mask)
        {
            if ((long)(entry >> PositionBits) != cidOffset) continue;
            var kept = _bytes.AsSpan((int)(entry & ((1 << PositionBits) - 1)));
            if (Cid.FromCheckedBinary(kept) != cid) return false;
            content = kept[Cid.BinaryLength..];
            return true;
        }
        return false;
    }

    private int FirstSlot(long cidOffset) => (int)(((ulong)cidOffset * 0x9E3779B97F4A7C15) >> 32) & _mask;
}
