using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Migrator.Core.Age;
using Migrator.Core.AtProto;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Backups;
using Migrator.Core.Vaults;

namespace Migrator.Testing.Backups;

/// <summary>A runner with all it needs, set up as the program sets it up, and somebody who holds the key.</summary>
public sealed class BackupWorld : IAsyncDisposable
{
    private readonly ServiceProvider _provider;

    /// <param name="index">Another one than in memory.</param>
    /// <param name="settings">More settings.</param>
    public BackupWorld(IBackupIndex? index = null, params (string Key, string Value)[] settings)
    {
        Folder = Directory.CreateTempSubdirectory("migrator-backup-").FullName;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Migrator:Data"] = Folder,
            ["Migrator:Network:AllowPrivate:0"] = "localhost:*",
            ["Migrator:Network:AllowPrivate:1"] = "127.0.0.1:*",
            ["Migrator:Network:RetryDelay"] = "00:00:00",
        }).AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build();
        Index = new MemoryBackupIndex();
        _provider = new ServiceCollection().AddLogging().AddAtProto(configuration).AddBackups(configuration).AddVaults()
            .AddSingleton(index ?? Index).AddSingleton<IManifestSigner>(Signer).AddSingleton<TimeProvider>(Time).BuildServiceProvider();
        Verifier = new SnapshotVerifier(Index, Time);
        Pruner = new Pruner(Index, Time);
    }

    public string Folder { get; }

    public MemoryBackupIndex Index { get; }

    public MemoryVault Vault { get; } = new();

    public ManualTime Time { get; } = new();

    public X25519Identity Identity { get; } = AgeIdentity.Generate();

    public KeySigner Signer { get; } = new();

    public SnapshotVerifier Verifier { get; }

    public Pruner Pruner { get; }

    public BackupVault Target => new(Vault.Id, Vault);

    public string CacheFolder => Path.Combine(Folder, "backup-cache");

    public T Get<T>()
        where T : notnull => _provider.GetRequiredService<T>();

    /// <summary>One run into <see cref="Vault"/>, by the clock of the test.</summary>
    public Task<BackupOutcome> RunAsync(Did did, CancellationToken ct, Func<BackupOrder, BackupOrder>? change = null)
    {
        var order = new BackupOrder(did, [Target], [Identity.Recipient], null);
        return Get<IBackupRunner>().RunAsync(change?.Invoke(order) ?? order, ct);
    }

    /// <summary>A run that must store a snapshot in the one vault.</summary>
    public async Task<SnapshotSummary> StoreAsync(Did did, CancellationToken ct, Func<BackupOrder, BackupOrder>? change = null)
    {
        Time.Advance(TimeSpan.FromMinutes(1));
        var outcome = await RunAsync(did, ct, change);
        return outcome is BackupOutcome.Stored stored && stored.Vaults[0] is { Snapshot: { } snapshot, IsNew: true }
            ? snapshot
            : throw new InvalidOperationException($"Nothing was stored: {outcome}");
    }

    /// <summary>Proves a snapshot with the key, nothing else.</summary>
    public async Task<SnapshotProof> ProveAsync(IVault vault, string name, CancellationToken ct)
    {
        var work = Directory.CreateDirectory(Path.Combine(Folder, $"work-{Guid.NewGuid():N}")).FullName;
        return await SnapshotProver.ProveAsync(vault, name, [Identity], work, ct);
    }

    public async ValueTask DisposeAsync()
    {
        await _provider.DisposeAsync();
        Identity.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>Signs manifests with a key of its own.</summary>
public sealed class KeySigner : IManifestSigner
{
    private readonly PrivateKey _key = PrivateKey.Generate(KeyCurve.P256);

    public string DidKey => _key.PublicKey.DidKey;

    public byte[] Sign(ReadOnlySpan<byte> bytes) => _key.Sign(bytes);
}
