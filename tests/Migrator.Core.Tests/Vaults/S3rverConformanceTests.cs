using Migrator.Core.Vaults;
using Migrator.Testing.Network;
using Migrator.Testing.S3;
using Xunit;

namespace Migrator.Core.Tests.Vaults;

/// <summary>On a store that others wrote: it knows neither <c>If-None-Match</c> nor object lock. One store, a prefix for each test.</summary>
public sealed class S3rverConformanceTests(S3rverConformanceTests.Store store)
    : VaultConformance, IClassFixture<S3rverConformanceTests.Store>, IAsyncLifetime
{
    private readonly VaultWorld _world = new();
    private IVault? _vault;

    private protected override IVault Vault => _vault!;

    public async ValueTask InitializeAsync()
    {
        if (store.Server is null) Assert.Skip("tests/network is not installed");
        var settings = new S3VaultSettings(store.Server.Url, "us-east-1", S3rver.Bucket, $"t{Guid.NewGuid():n}/");
        _vault = _world.Open(settings, new VaultCredentials(S3rver.AccessKeyId, S3rver.SecretAccessKey));
        await VaultMarker.ReadOrCreateAsync(_vault, VaultCalls.Cancel);
    }

    [Fact]
    public async Task That_the_store_would_overwrite_is_found_out_and_said()
    {
        var trial = await Vault.TryOutAsync(VaultCalls.Cancel);
        Assert.Equal((false, null), (trial.RefusesOverwrite, trial.ObjectLock));
        Assert.Contains(trial.Remarks, remark => remark.Contains("does not refuse to overwrite", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        if (_vault is not null) await _vault.DisposeAsync();
        _world.Dispose();
    }

    public sealed class Store : IAsyncLifetime
    {
        public S3rver? Server { get; private set; }

        public async ValueTask InitializeAsync()
        {
            if (NodePackage.IsInstalled) Server = await S3rver.StartAsync(CancellationToken.None);
        }

        public async ValueTask DisposeAsync()
        {
            if (Server is not null) await Server.DisposeAsync();
        }
    }
}
