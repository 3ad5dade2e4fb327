namespace Migrator.Core.Vaults;

/// <summary>What was written, as counted and hashed on the way in.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Sha256">SHA-256 of all its bytes, 32 bytes.</param>
public sealed record VaultReceipt(string Name, long Length, byte[] Sha256);
