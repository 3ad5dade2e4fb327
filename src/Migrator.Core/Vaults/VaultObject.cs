namespace Migrator.Core.Vaults;

/// <summary>What a vault tells about an object without opening it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Length">Bytes.</param>
/// <param name="StoredAt">When it was written, by the clock of the store.</param>
public sealed record VaultObject(string Name, long Length, DateTimeOffset StoredAt);
