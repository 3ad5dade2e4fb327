using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>The blocks of one repository on disk, by CID. Safe to use from many threads.</summary>
/// <param name="files">The CAR files.</param>
/// <param name="index">Every block of them, each hashed once.</param>
/// <param name="kept">Copies of some of them, for the time of the verification.</param>
internal sealed class BlockStore(BlockFiles files, BlockIndex index, KeptBlocks? kept = null) : IMstBlocks, IDisposable
{
    private KeptBlocks? _kept = kept;

    public BlockIndex Index => index;

    /// <summary>Drops the copies: the repository was walked, and what is read from now on comes from the files.</summary>
    public void Forget() => _kept = null;

    /// <summary>What was kept of a block when it was hashed.</summary>
    /// <param name="content">Starts with it; other things follow.</param>
    public bool TryGetKept(in Cid cid, BlockLocation location, out ReadOnlySpan<byte> content)
    {
        content = default;
        return (location.Flags & BlockFlags.IsKept) != 0 && _kept is { } kept && kept.TryGet(cid, location.CidOffset, out content);
    }

    /// <summary>Reads a block and hashes it again: what is believed is always what was just hashed, whatever happens to the file.</summary>
    /// <param name="cid">The block.</param>
    /// <param name="location">Where the first pass found it.</param>
    /// <param name="buffer">Is filled with the CID, then the data; made larger if need be.</param>
    /// <returns>The data, a part of the buffer that starts at <see cref="Cid.BinaryLength"/>.</returns>
    /// <exception cref="RepoFaultException">The file is not what it was in the first pass.</exception>
    public ReadOnlySpan<byte> ReadHashed(in Cid cid, BlockLocation location, ref byte[] buffer)
    {
        var length = Cid.BinaryLength + location.DataLength;
        if (buffer.Length < length) buffer = new byte[Math.Max(length, buffer.Length * 2)];
        files.Read(location.CidOffset, buffer.AsSpan(0, length));
        var data = buffer.AsSpan(Cid.BinaryLength, location.DataLength);
        Span<byte> digest = stackalloc byte[Cid.DigestLength];
        BlockHash.Compute(data, digest);
        if (!cid.DigestEquals(digest)) throw new RepoFaultException(RepoFault.FileChanged, location.CidOffset, $"{cid} stood here");
        return data;
    }

    public void Load(Cid cid, MstNode node)
    {
        index.TryFind(cid, out var location);
        Load(cid, location, node);
    }

    /// <summary>Reads a node whose place is known; <c>default</c> for a block that is not there.</summary>
    /// <exception cref="RepoFaultException">The block is not there, or is no node, or the file has changed.</exception>
    public void Load(in Cid cid, BlockLocation location, MstNode node)
    {
        if (location == default) throw new RepoFaultException(RepoFault.BlockMissing, -1, cid.ToString());
        if ((location.Flags & BlockFlags.IsNode) != 0 && TryGetKept(cid, location, out var copy))
        {
            var length = location.DataLength;
            if (node.Buffer.Length < length) node.Buffer = new byte[Math.Max(length, node.Buffer.Length * 2)];
            copy[..length].CopyTo(node.Buffer);
            node.Parse(0, length, location.DataOffset);
            return;
        }
        var data = ReadHashed(cid, location, ref node.Buffer);
        node.Parse(Cid.BinaryLength, data.Length, location.DataOffset);
    }

    public void Dispose() => files.Dispose();
}
