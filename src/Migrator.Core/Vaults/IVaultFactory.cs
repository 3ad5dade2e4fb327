namespace Migrator.Core.Vaults;

/// <summary>Opens vaults by their settings.</summary>
public interface IVaultFactory
{
    /// <summary>Makes no call and touches no file yet: what is wrong at the vault shows with the first use.</summary>
    /// <param name="settings">Where it is.</param>
    /// <param name="credentials">Needed for S3; null for a folder.</param>
    /// <exception cref="ArgumentException">The settings have problems (<see cref="VaultSettings.FindProblems"/>).</exception>
    IVault Open(VaultSettings settings, VaultCredentials? credentials);
}
