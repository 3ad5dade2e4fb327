using Migrator.Core.Vaults;
using Migrator.Testing.S3;
using Xunit;

namespace Migrator.Core.Tests.Vaults;

/// <summary>On a store that keeps to all rules, with pages of ten objects.</summary>
public sealed class S3VaultConformanceTests : VaultConformance, IAsyncLifetime
{
    private readonly VaultWorld _world = new();
    private S3Server? _server;
    private IVault? _vault;

    private protected override IVault Vault => _vault!;

    public async ValueTask InitializeAsync()
    {
        _server = await S3Server.StartAsync(new S3ServerOptions { PageSize = 10 });
        _vault = _world.Open(_server, "some/prefix/");
        await VaultMarker.ReadOrCreateAsync(_vault, VaultCalls.Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        Assert.Empty(_server!.OpenUploads);
        Assert.All(_server.Objects.Keys, key => Assert.StartsWith("some/prefix/", key));
        await Vault.DisposeAsync();
        await _server.DisposeAsync();
        _world.Dispose();
    }
}
