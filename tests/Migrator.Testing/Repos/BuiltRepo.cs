using Migrator.Core.AtProto.Car;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Testing.Repos;

/// <summary>In which order the blocks of a CAR stand.</summary>
public enum BlockOrder
{
    /// <summary>Commit, tree from the root down, records.</summary>
    RootFirst,

    /// <summary>Greatest CID first, as the reference PDS writes what was made in one revision.</summary>
    ByCid,

    /// <summary>Mixed, the same way for the same seed.</summary>
    Shuffled,
}

/// <summary>The blocks of a repository: the commit first, then the tree, then the records.</summary>
/// <param name="Blocks">Each block once.</param>
/// <param name="Data">The root of the tree.</param>
/// <param name="Records">What the tree lists, in path order.</param>
/// <param name="Expectation">With which it verifies.</param>
public sealed record BuiltRepo(
    IReadOnlyList<(Cid Cid, byte[] Data)> Blocks, Cid Data, IReadOnlyList<RepoRecord> Records, RepoExpectation Expectation)
{
    public Cid Commit => Blocks[0].Cid;

    public byte[] ToCar(BlockOrder order = BlockOrder.RootFirst, int seed = 0)
    {
        using var stream = new MemoryStream();
        WriteCar(stream, order, seed);
        return stream.ToArray();
    }

    public void WriteCar(Stream stream, BlockOrder order = BlockOrder.RootFirst, int seed = 0)
    {
        var car = new CarWriter(stream, Commit);
        foreach (var (cid, data) in InOrder(order, seed)) car.WriteBlock(cid, data);
        car.Flush();
    }

    /// <summary>What a server sends for <c>since</c>: the blocks that an earlier state lacks.</summary>
    public byte[] ToDelta(BuiltRepo earlier)
    {
        var known = earlier.Blocks.Select(b => b.Cid).ToHashSet();
        using var stream = new MemoryStream();
        var car = new CarWriter(stream, Commit);
        foreach (var (cid, data) in Blocks.Where(b => !known.Contains(b.Cid))) car.WriteBlock(cid, data);
        car.Flush();
        return stream.ToArray();
    }

    private IEnumerable<(Cid Cid, byte[] Data)> InOrder(BlockOrder order, int seed)
    {
        if (order == BlockOrder.ByCid) return Blocks.OrderByDescending(b => b.Cid);
        if (order == BlockOrder.RootFirst) return Blocks;
        var mixed = Blocks.ToArray();
        new Random(seed).Shuffle(mixed);
        return mixed;
    }
}
