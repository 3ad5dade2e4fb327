using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>The blocks of one repository on disk, by CID. Safe to use from many threads.</summary>
/// <param name="files">The CAR files.</param>
/// <param name="index">Every block of them, each hashed once.</param>
internal sealed class BlockStore(BlockFiles files, BlockIndex index) : IMstBlocks, IDisposable
{
    public BlockIndex Index => index;

    /// <summary>Reads the CID and the data at a place into the buffer, which is made larger if need be.</summary>
    /// <returns>The length of the data, which starts at <see cref="Cid.BinaryLength"/>.</returns>
    /// <exception cref="RepoFaultException">Another block stands there than was found in the first pass.</exception>
    public int Read(in Cid cid, BlockLocation location, ref byte[] buffer)
    {
        var length = Cid.BinaryLength + location.DataLength;
        if (buffer.Length < length) buffer = new byte[Math.Max(length, buffer.Length * 2)];
        files.Read(location.CidOffset, buffer.AsSpan(0, length));
        if (!Cid.TryReadBinary(buffer.AsSpan(0, Cid.BinaryLength), out var found) || found != cid)
        {
            throw new RepoFaultException(RepoFault.FileChanged, location.CidOffset, $"{cid} stood here");
        }
        return location.DataLength;
    }

    /// <summary>As <see cref="Read"/>, and the data is hashed again: for bytes that leave the program.</summary>
    /// <exception cref="RepoFaultException">The file is not what it was in the first pass.</exception>
    public ReadOnlySpan<byte> ReadHashed(in Cid cid, BlockLocation location, ref byte[] buffer)
    {
        var length = Read(cid, location, ref buffer);
        var data = buffer.AsSpan(Cid.BinaryLength, length);
        Span<byte> digest = stackalloc byte[Cid.DigestLength];
        BlockHash.Compute(data, digest);
        if (!cid.DigestEquals(digest)) throw new RepoFaultException(RepoFault.FileChanged, location.CidOffset, $"{cid} is damaged");
        return data;
    }

    public void Load(Cid cid, MstNode node)
    {
        if (!index.TryFind(cid, out var location)) throw new RepoFaultException(RepoFault.BlockMissing, -1, cid.ToString());
        var length = Read(cid, location, ref node.Buffer);
        node.Parse(Cid.BinaryLength, length, location.DataOffset);
    }

    public void Dispose() => files.Dispose();
}
