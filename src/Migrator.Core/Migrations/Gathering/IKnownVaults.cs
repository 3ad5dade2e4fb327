using Migrator.Core.Vaults;

namespace Migrator.Core.Migrations.Gathering;

/// <summary>The vaults that this instance knows by id. A port: they are in the host's tables.</summary>
public interface IKnownVaults
{
    /// <param name="owner">Whose vault it must be.</param>
    /// <returns>Null when the owner has none of that id.</returns>
    Task<IVault?> OpenAsync(string owner, string vaultId, CancellationToken ct);
}
