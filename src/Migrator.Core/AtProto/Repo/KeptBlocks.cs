using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// Copies of blocks that are looked at again — tree nodes, and records with blobs — from when they were hashed: up to a fixed number
/// of bytes, first come, first kept. What is here need not be read and hashed once more. Safe to use from many threads.
/// </summary>
internal sealed class KeptBlocks
{
    /// <summary>Enough for all of 100,000 records; a memory for more would cost more than the reads it saves.</summary>
    public const int MaxBytes = 14 * 1024 * 1024;

    private const int PositionBits = 25; // room for MaxBytes; the rest is for BlockLocation.MaxOffset
    private const int BytesPerSlot = 128; // nodes have some hundreds

    private readonly byte[] _bytes;
    private readonly ulong[] _slots; // offset in the files, position here; 0 for a free place
    private readonly int _mask;
    private int _end, _count;

    /// <param name="filesBytes">Bytes of all files: more need not be kept.</param>
    public KeptBlocks(long filesBytes)
    {
        _bytes = GC.AllocateUninitializedArray<byte>((int)Math.Min(filesBytes, MaxBytes));
        _slots = new ulong[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(_bytes.Length / BytesPerSlot + 2))];
        _mask = _slots.Length - 1;
    }

    /// <summary>Keeps a block if there is room.</summary>
    /// <param name="cidOffset">Where it lies in the files; not zero.</param>
    /// <param name="block">CID and data, which must match.</param>
    public void TryAdd(long cidOffset, ReadOnlySpan<byte> block)
    {
        if (_end + block.Length > _bytes.Length || _count * 4L > _slots.Length * 3L) return;
        var end = Interlocked.Add(ref _end, block.Length);
        if (end > _bytes.Length || Interlocked.Increment(ref _count) >= _slots.Length) return;
        var position = end - block.Length;
        block.CopyTo(_bytes.AsSpan(position));
        var entry = ((ulong)cidOffset << PositionBits) | (uint)position;
        for (var slot = FirstSlot(cidOffset); Interlocked.CompareExchange(ref _slots[slot], entry, 0) != 0;) slot = (slot + 1) & _mask;
    }

    /// <summary>The data of a block that was kept.</summary>
    /// <param name="cid">Its name: what was kept is what was hashed to it.</param>
    /// <param name="location">Where it lies in the files.</param>
    /// <param name="data">Lives as long as this.</param>
    public bool TryGet(in Cid cid, BlockLocation location, out ReadOnlySpan<byte> data)
    {
        data = default;
        ulong entry;
        for (var slot = FirstSlot(location.CidOffset); (entry = _slots[slot]) != 0; slot = (slot + 1) & _mask)
        {
            if ((long)(entry >> PositionBits) != location.CidOffset) continue;
            var block = _bytes.AsSpan((int)(entry & ((1 << PositionBits) - 1)), Cid.BinaryLength + location.DataLength);
            if (Cid.FromCheckedBinary(block[..Cid.BinaryLength]) != cid) return false;
            data = block[Cid.BinaryLength..];
            return true;
        }
        return false;
    }

    private int FirstSlot(long cidOffset) => (int)(((ulong)cidOffset * 0x9E3779B97F4A7C15) >> 32) & _mask;
}
