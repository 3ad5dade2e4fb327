using System.Buffers;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Backups;

/// <summary>A small blob whose hash was checked, in memory until every vault that lacks it has taken it.</summary>
/// <param name="cid">Its name.</param>
/// <param name="buffer">From the shared pool; given back with the last release.</param>
/// <param name="length">How many bytes of the buffer are the blob.</param>
/// <param name="takers">How many will release it.</param>
internal sealed class HeldBlob(Cid cid, byte[] buffer, int length, int takers)
{
    private const long MuchTooLarge = 4;

    private int _takers = takers;

    public Cid Cid => cid;

    /// <summary>Takes a buffer over, or copies out of one that is much too large.</summary>
    /// <param name="cid">Of the bytes.</param>
    /// <param name="buffer">Is empty afterwards when it was taken over.</param>
    /// <param name="length">How many bytes of it are the blob.</param>
    /// <param name="takers">How many will release it.</param>
    public static HeldBlob Take(Cid cid, ref byte[] buffer, int length, int takers)
    {
        var own = buffer;
        if (buffer.Length > MuchTooLarge * Math.Max(length, 1)) buffer.AsSpan(0, length).CopyTo(own = ArrayPool<byte>.Shared.Rent(length));
        else buffer = [];
        return new HeldBlob(cid, own, length, takers);
    }

    public ReadOnlyMemory<byte> Bytes => buffer.AsMemory(0, length);

    public void Release()
    {
        if (Interlocked.Decrement(ref _takers) == 0) ArrayPool<byte>.Shared.Return(buffer);
    }
}
