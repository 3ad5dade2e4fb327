using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Encoding;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Car;

/// <summary>
/// Where one block lies within a window of the file: a varint length, the 36 bytes of the CID, the data. Nothing of it has been
/// hashed yet. Source: ipld.io/specs/transport/car/carv1.
/// </summary>
/// <param name="CidStart">Where the CID begins in the window.</param>
/// <param name="DataLength">Bytes of data, from 0 up.</param>
internal readonly record struct CarFrame(int CidStart, int DataLength)
{
    public int DataStart => CidStart + Cid.BinaryLength;

    public int End => DataStart + DataLength;

    /// <summary>The most bytes a frame takes apart from its data.</summary>
    public const int MaxOverhead = Varint.MaxLength + Cid.BinaryLength;

    /// <summary>Finds the frame that starts at <paramref name="position"/> of the window.</summary>
    /// <param name="window">Bytes of the file.</param>
    /// <param name="position">Where the frame starts.</param>
    /// <param name="windowOffset">Where the window stands in the file, for faults.</param>
    /// <param name="maxDataLength">What a block may have.</param>
    /// <param name="frame">The frame, which lies wholly in the window.</param>
    /// <param name="needed">When false is returned: bytes from <paramref name="position"/> on that the next window must have.</param>
    /// <exception cref="RepoFaultException">The length is malformed or too great; nothing was allocated for it.</exception>
    public static bool TryFind(
        ReadOnlySpan<byte> window, int position, long windowOffset, int maxDataLength, out CarFrame frame, out int needed)
    {
        frame = default;
        needed = Varint.MaxLength;
        var result = Varint.Read(window[position..], out var length, out var varintLength);
        if (result == VarintResult.Incomplete) return false;
        if (result != VarintResult.Ok) throw new RepoFaultException(RepoFault.CarVarint, windowOffset + position, result.ToString());
        if (length < Cid.BinaryLength)
        {
            throw new RepoFaultException(RepoFault.CarBlockCid, windowOffset + position, $"a block of {length} bytes has no room for a CID");
        }
        if (length > (ulong)(Cid.BinaryLength + maxDataLength))
        {
            throw new RepoFaultException(RepoFault.CarBlockSize, windowOffset + position, $"{length} bytes announced");
        }
        needed = varintLength + (int)length;
        if (window.Length - position < needed) return false;
        frame = new CarFrame(position + varintLength, (int)length - Cid.BinaryLength);
        return true;
    }

    /// <summary>The length of the header, which stands at the very start of a file.</summary>
    /// <returns>False when the window holds less than the header.</returns>
    public static bool TryFindHeader(ReadOnlySpan<byte> window, long windowOffset, int maxLength, out Range header, out int needed)
    {
        header = default;
        needed = Varint.MaxLength;
        var result = Varint.Read(window, out var length, out var varintLength);
        if (result == VarintResult.Incomplete) return false;
        if (result != VarintResult.Ok) throw new RepoFaultException(RepoFault.CarVarint, windowOffset, result.ToString());
        if (length == 0 || length > (ulong)maxLength)
        {
            throw new RepoFaultException(RepoFault.CarHeader, windowOffset, $"a header of {length} bytes");
        }
        needed = varintLength + (int)length;
        header = varintLength..needed;
        return window.Length >= needed;
    }
}
