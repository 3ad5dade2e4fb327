using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Car;

/// <summary>One block whose bytes were hashed and match its CID: no other kind of instance can be made.</summary>
public readonly struct CarBlock
{
    private CarBlock(Cid cid, ReadOnlyMemory<byte> data, long offset)
    {
        Cid = cid;
        Data = data;
        Offset = offset;
    }

    public Cid Cid { get; }

    /// <summary>The bytes that the CID names. They live until the next block is read; copy what must stay.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Where the data starts in the file.</summary>
    public long Offset { get; }

    /// <summary>Reads the CID, hashes the data and compares.</summary>
    /// <param name="frame">36 bytes of CID, then the data.</param>
    /// <param name="offset">Where the CID stands in the file.</param>
    /// <exception cref="RepoFaultException">The CID is none, or the data is not what it names.</exception>
    internal static CarBlock Verify(ReadOnlyMemory<byte> frame, long offset)
    {
        var bytes = frame.Span;
        if (!Cid.TryReadBinary(bytes[..Cid.BinaryLength], out var cid))
        {
            throw new RepoFaultException(RepoFault.CarBlockCid, offset, "not a CIDv1 (dag-cbor or raw) with sha2-256");
        }
        Span<byte> digest = stackalloc byte[Cid.DigestLength];
        BlockHash.Compute(bytes[Cid.BinaryLength..], digest);
        if (!cid.DigestEquals(digest)) throw new RepoFaultException(RepoFault.CarBlockHash, offset, cid.ToString());
        return new CarBlock(cid, frame[Cid.BinaryLength..], offset + Cid.BinaryLength);
    }
}
