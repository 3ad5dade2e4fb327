using Migrator.Core.Vaults;
using Xunit;

namespace Migrator.Core.Tests.Vaults;

public sealed class FileVaultConformanceTests : VaultConformance, IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vault-").FullName;
    private readonly VaultWorld _world = new();
    private IVault? _vault;

    private protected override IVault Vault => _vault!;

    public async ValueTask InitializeAsync()
    {
        _vault = _world.OpenFolder(Path.Combine(_folder, "vault"));
        await VaultMarker.ReadOrCreateAsync(_vault, VaultCalls.Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await Vault.DisposeAsync();
        _world.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
