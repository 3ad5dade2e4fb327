using System.Runtime.CompilerServices;
using Migrator.Core.AtProto.Car;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>Writes the blocks of a verified repository, and no others, as one CAR.</summary>
internal sealed class FullCarWriter(BlockStore store, RepoLimits limits)
{
    private byte[] _buffer = new byte[4096];

    public void Write(VerifiedRepo repo, Stream destination, CancellationToken cancel)
    {
        store.Index.ClearFlag(BlockFlags.Written);
        var car = new CarWriter(destination, repo.Commit.Cid);
        WriteOnce(car, repo.Commit.Cid);
        var cursor = new MstCursor(new WritingBlocks(this, car), limits.MaxTreeHeight, isVerified: true);
        cursor.StartAtRoot(repo.Commit.Data);
        for (long count = 0; cursor.MoveToRecord(); cursor.Advance())
        {
            if ((++count & 0xfff) == 0) cancel.ThrowIfCancellationRequested();
            WriteOnce(car, cursor.Cid);
        }
        car.Flush();
    }

    private void WriteOnce(CarWriter car, in Cid cid)
    {
        ref var bits = ref store.Index.Find(cid);
        if (Unsafe.IsNullRef(ref bits)) throw new RepoFaultException(RepoFault.FileChanged, -1, $"{cid} was here before");
        var location = new BlockLocation(bits);
        if ((location.Flags & BlockFlags.Written) != 0) return;
        bits |= (ulong)BlockFlags.Written;
        car.WriteBlock(cid, store.ReadHashed(cid, location, ref _buffer));
    }

    /// <summary>Writes each node when the walk comes to it.</summary>
    private sealed class WritingBlocks(FullCarWriter owner, CarWriter car) : IMstBlocks
    {
        public void Load(Cid cid, MstNode node)
        {
            owner.WriteOnce(car, cid);
            owner.Reload(cid, node);
        }
    }

    private void Reload(Cid cid, MstNode node) => store.Load(cid, node);
}
