using Migrator.Core.Migrations.Gathering;
using Migrator.Core.Vaults;
using Migrator.Jobs.Backups;

namespace Migrator.Jobs.Migrations;

/// <summary>The vaults of the backups, for restores.</summary>
public sealed class KnownVaults(OpenVaults vaults) : IKnownVaults
{
    public async Task<IVault?> OpenAsync(string owner, string vaultId, CancellationToken ct) =>
        (await vaults.FindAsync(owner, vaultId, ct))?.Vault;
}
