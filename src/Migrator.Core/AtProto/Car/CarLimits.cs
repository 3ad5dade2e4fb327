namespace Migrator.Core.AtProto.Car;

/// <summary>What a CAR file from a stranger may cost at most.</summary>
public sealed record CarLimits
{
    public static CarLimits Default { get; } = new();

    /// <summary>Bytes of one block. Records are at most 1 MiB; default 2 MiB, greatest possible value 4 MiB - 1.</summary>
    public int MaxBlockBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>Bytes of the header. One root takes 58 bytes; default 4 KiB.</summary>
    public int MaxHeaderBytes { get; init; } = 4096;

    /// <summary>Bytes of all files of one repository together. Default 32 GiB, greatest possible value 64 GiB.</summary>
    public long MaxBytes { get; init; } = 32L * 1024 * 1024 * 1024;

    /// <summary>Blocks of all files together; each costs about 24 bytes of memory while a repository is open. Default 10 million.</summary>
    public long MaxBlocks { get; init; } = 10_000_000;
}
