using Migrator.Core.AtProto.Car;

namespace Migrator.Core.AtProto.Repo;

/// <summary>What the repository of a stranger may cost at most.</summary>
public sealed record RepoLimits
{
    public static RepoLimits Default { get; } = new();

    public CarLimits Car { get; init; } = CarLimits.Default;

    /// <summary>Different blobs that records may refer to; each costs about 110 bytes of memory. Default one million.</summary>
    public int MaxBlobs { get; init; } = 1_000_000;

    /// <summary>
    /// Bytes of paths that may wait for who listens to the records while they are checked. Beyond it they are told after the check, by a
    /// walk of their own. Default 32 MiB.
    /// </summary>
    internal long MaxWaitingForListener { get; init; } = 32 << 20;

    /// <summary>
    /// The greatest layer of the tree. Each layer is four times rarer than the one below, so a tree of a million records has
    /// about 10; a higher one than the default of 32 does not come about by chance.
    /// </summary>
    public int MaxTreeHeight { get; init; } = 32;
}
