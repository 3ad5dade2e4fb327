using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Migrator.Core.Age;
using Migrator.Core.AtProto;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Backups;
using Migrator.Core.Vaults;
using Migrator.Testing;
using Migrator.Testing.Backups;
using Migrator.Testing.Network;

namespace Migrator.EndToEnd.Tests.Backups;

/// <summary>Backups as the program makes them, of accounts on real servers, into a folder on disk.</summary>
internal sealed class LiveBackups : IAsyncDisposable
{
    private readonly ServiceProvider _provider;

    private LiveBackups(ServiceProvider provider, string folder, string vaultFolder, IVault vault, Guid vaultId) =>
        (_provider, Folder, VaultFolder, Vault, VaultId) = (provider, folder, vaultFolder, vault, vaultId);

    public string Folder { get; }

    public IVault Vault { get; }

    public Guid VaultId { get; }

    public string VaultFolder { get; }

    public X25519Identity Identity { get; } = AgeIdentity.Generate();

    public MemoryBackupIndex Index => (MemoryBackupIndex)_provider.GetRequiredService<IBackupIndex>();

    public BackupVault Target => new(VaultId, Vault);

    /// <param name="vaultFolder">A vault that another one uses too; null: one of its own.</param>
    public static async Task<LiveBackups> StartAsync(RealNetwork network, CancellationToken ct, string? vaultFolder = null)
    {
        var folder = Directory.CreateTempSubdirectory("migrator-backups-").FullName;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Migrator:Data"] = folder,
            ["Migrator:Network:AllowPrivate:0"] = "localhost:*",
            ["Migrator:Network:AllowPrivate:1"] = "127.0.0.1:*",
            ["Migrator:Plc:Url"] = network.Plc.Url,
            ["Migrator:Identity:HandleResolvers:0"] = network.A.Url,
            ["Migrator:Identity:HandleResolvers:1"] = network.B.Url,
        }).Build();
        var provider = new ServiceCollection().AddLogging().AddAtProto(configuration).AddVaults().AddBackups(configuration)
            .AddSingleton<IBackupIndex, MemoryBackupIndex>().AddSingleton<IManifestSigner, KeySigner>().BuildServiceProvider();
        vaultFolder ??= Path.Combine(folder, "vault");
        var vault = provider.GetRequiredService<IVaultFactory>().Open(new FileVaultSettings(vaultFolder), null);
        var marker = await VaultMarker.ReadOrCreateAsync(vault, ct);
        return new LiveBackups(provider, folder, vaultFolder, vault, marker.Id);
    }

    public Task<BackupOutcome> RunAsync(string did, CancellationToken ct, ISessionVault? session = null) => RunAsync(
        new BackupOrder(Did.Parse(did), [Target], [Identity.Recipient], session), ct);

    public Task<BackupOutcome> RunAsync(BackupOrder order, CancellationToken ct) => _provider.GetRequiredService<IBackupRunner>().RunAsync(order, ct);

    public async Task<SnapshotSummary> StoreAsync(string did, CancellationToken ct, ISessionVault? session = null)
    {
        var outcome = await RunAsync(did, ct, session);
        return outcome is BackupOutcome.Stored { Vaults: [{ IsNew: true, Snapshot: { } snapshot }] }
            ? snapshot
            : throw new InvalidOperationException($"Nothing was stored: {outcome}");
    }

    /// <summary>Signs in with an app password, which is all that a backup needs.</summary>
    public async Task<ISessionVault> SignInAsync(FilledAccount account, CancellationToken ct)
    {
        var owner = await account.SignInAsync(ct);
        var app = await owner.PostAsync("com.atproto.server.createAppPassword", new { name = "backup" }, ct);
        var pds = _provider.GetRequiredService<PdsClientFactory>().Anonymous(new Uri(account.Pds));
        var session = await pds.CreateSessionAsync(account.Handle, app.GetProperty("password").GetString()!, null, ct);
        return new MemorySessionVault(session.Value.Tokens);
    }

    public Task<SnapshotProof> ProveAsync(string name, CancellationToken ct)
    {
        var work = Directory.CreateDirectory(Path.Combine(Folder, $"work-{Guid.NewGuid():N}")).FullName;
        return SnapshotProver.ProveAsync(Vault, name, [Identity], work, ct);
    }

    public async ValueTask DisposeAsync()
    {
        await Vault.DisposeAsync();
        await _provider.DisposeAsync();
        Identity.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
