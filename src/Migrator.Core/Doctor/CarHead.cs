using Migrator.Core.AtProto.Car;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Doctor;

/// <summary>
/// What the commit in a CAR file says of itself, before anything of it is believed: whose it claims to be decides which keys to ask for.
/// </summary>
/// <param name="Did">The account that the commit names.</param>
public readonly record struct CarHead(Cid Commit, Did Did)
{
    /// <summary>Reads until the block that the header names as the root has come.</summary>
    /// <exception cref="RepoFaultException">No CAR file of a repository, damaged before the commit, or without it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static async Task<CarHead> ReadAsync(string file, CancellationToken cancel)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
        var car = await CarReader.OpenAsync(stream, cancel: cancel);
        var root = car.Header.SingleRoot;
        await foreach (var block in car.ReadBlocksAsync(cancel))
        {
            if (block.Cid == root) return new CarHead(root, ReadDid(block));
        }

        throw new RepoFaultException(RepoFault.CommitMissing, -1, root.ToString());
    }

    private static Did ReadDid(in CarBlock block)
    {
        var text = CommitFields.Read(block.Data.Span, block.Offset).Did;
        return Did.TryParse(text, out var did)
            ? did
            : throw new RepoFaultException(RepoFault.CommitDid, block.Offset, "the commit names no DID");
    }
}
