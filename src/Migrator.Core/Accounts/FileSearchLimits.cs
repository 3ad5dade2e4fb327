namespace Migrator.Core.Accounts;

/// <summary>What a search through a person's files may cost. An archive can promise little and unfold without end.</summary>
public sealed record FileSearchLimits
{
    public static readonly FileSearchLimits Default = new();

    /// <summary>Files looked at in all, entries of archives included. Default 2 million.</summary>
    public int Files { get; init; } = 2_000_000;

    /// <summary>Largest CAR file. Default 20 GB.</summary>
    public long CarBytes { get; init; } = 20_000_000_000;

    /// <summary>Largest blob. Default 2 GB.</summary>
    public long BlobBytes { get; init; } = 2_000_000_000;

    /// <summary>Bytes that come out of one archive. Default 500 GB.</summary>
    public long UnpackedBytes { get; init; } = 500_000_000_000;
}
