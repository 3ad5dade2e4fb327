namespace Migrator.Core.Accounts;

/// <summary>What a search found beside blobs.</summary>
public sealed class FoundFiles
{
    /// <summary>Paths of CAR files, in the order they were met. Not verified.</summary>
    public List<string> Cars { get; } = [];

    /// <summary>Path of the first preferences.json.</summary>
    public string? Preferences { get; set; }
}
