using Migrator.Core.Backups;
using Migrator.Core.Vaults;
using Migrator.Jobs.Storage.Backups;

namespace Migrator.Jobs.Backups;

/// <summary>Opens vaults for work and for pages.</summary>
public sealed class OpenVaults(BackupVaultStore store)
{
    /// <summary>Those of the ids that there are, open; dispose the result.</summary>
    public async Task<OpenedVaults> OpenAsync(string owner, IReadOnlyList<string> ids, CancellationToken ct)
    {
        var opened = new OpenedVaults();
        try
        {
            foreach (var id in ids)
            {
                if (await store.FindAsync(owner, id, ct) is { } vault)
                    opened.Add(vault, await store.OpenAsync(vault, ct));
            }

            return opened;
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    /// <summary>One vault, for browsing and restoring; null: the owner has none of this id. Dispose it.</summary>
    public async Task<BackupVault?> FindAsync(string owner, string id, CancellationToken ct) =>
        await store.FindAsync(owner, id, ct) is { } vault ? new BackupVault(vault.Marker, await store.OpenAsync(vault, ct)) : null;
}

/// <summary>Vaults in use.</summary>
public sealed class OpenedVaults : IAsyncDisposable
{
    private readonly List<BackupVault> _vaults = [];
    private readonly Dictionary<Guid, string> _names = [];

    public IReadOnlyList<BackupVault> Vaults => _vaults;

    /// <summary>What the person calls it.</summary>
    public string NameOf(Guid marker) => _names.GetValueOrDefault(marker, "?");

    public async ValueTask DisposeAsync()
    {
        foreach (var vault in _vaults)
            await vault.Vault.DisposeAsync();
    }

    internal void Add(StoredVault stored, IVault vault)
    {
        _vaults.Add(new BackupVault(stored.Marker, vault));
        _names[stored.Marker] = stored.Name;
    }
}
