using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Migrator.Core.Age;
using Migrator.Core.AtProto.Net;
using Migrator.Core.AtProto;
using Migrator.Core.Backups;
using Migrator.Core.Vaults;
using Migrator.Testing.Backups;

namespace Migrator.Benchmarks;

/// <summary>One backup with what the program uses, but for the network and the database: a free server and an index in memory.</summary>
internal sealed class BackupOne : IAsyncDisposable
{
    private readonly ServiceProvider _provider;
    private readonly X25519Identity _identity = AgeIdentity.Generate();

    private BackupOne(ServiceProvider provider, FreeSource source, IVault vault, Guid vaultId) =>
        (_provider, Source, Vault) = (provider, source, new BackupVault(vaultId, vault));

    public FreeSource Source { get; }

    public BackupVault Vault { get; }

    public MemoryBackupIndex Index => (MemoryBackupIndex)_provider.GetRequiredService<IBackupIndex>();

    public static async Task<BackupOne> CreateAsync(BackupSet set, string work)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Migrator:Data"] = work,
            ["Migrator:Network:AllowPrivate:0"] = "localhost:*",
        }).Build();
        var source = new FreeSource(set);
        var services = new ServiceCollection().AddLogging().AddAtProto(configuration).AddVaults().AddBackups(configuration)
            .AddSingleton<IBackupIndex, MemoryBackupIndex>().AddSingleton<IManifestSigner, KeySigner>();
        services.AddHttpClient(GuardedHttp.ClientName).ConfigurePrimaryHttpMessageHandler(() => source);
        var provider = services.BuildServiceProvider();
        Directory.CreateDirectory(work);
        var vault = provider.GetRequiredService<IVaultFactory>().Open(new FileVaultSettings(Path.Combine(work, "vault")), null);
        return new BackupOne(provider, source, vault, (await VaultMarker.ReadOrCreateAsync(vault, CancellationToken.None)).Id);
    }

    public Task<BackupOutcome> RunAsync() => _provider.GetRequiredService<IBackupRunner>().RunAsync(
        new BackupOrder(BackupSet.Did, [Vault], [_identity.Recipient], null), CancellationToken.None);

    /// <summary>As a whole process: the first backup of a set; leaves a list of what it stored for <see cref="CheckAsync"/>.</summary>
    /// <param name="setFolder">What to back up.</param>
    /// <param name="work">Where to.</param>
    /// <param name="warmUp">A small set that is backed up before, or an empty word: a service has long been running when it is asked.</param>
    public static async Task<int> FirstAsync(string setFolder, string work, string warmUp)
    {
        if (warmUp.Length > 0)
        {
            await using var before = await CreateAsync(BackupSet.Open(warmUp), work + "-warm");
            await before.RunAsync();
        }
        await using var one = await CreateAsync(BackupSet.Open(setFolder), work);
        var watch = Stopwatch.StartNew();
        var outcome = (BackupOutcome.Stored)await one.RunAsync();
        var snapshot = outcome.Vaults[0].Snapshot ?? throw new InvalidOperationException(outcome.ToString());
        var ms = watch.ElapsedMilliseconds;
        var folder = one.Index.Folders[0];
        var objects = await one.Index.ListObjectsAsync(folder.AccountId, CancellationToken.None);
        await File.WriteAllLinesAsync(Path.Combine(work, "index"), objects.Select(item => $"{item.Name} {item.Length} {item.Sha256}"));
        await File.WriteAllTextAsync(Path.Combine(work, "vault-id"), one.Vault.Id.ToString());
        Console.WriteLine($$"""{"ms":{{ms}},"blobs":{{snapshot.Blobs}},"bytes":{{snapshot.TotalBytes}},"cpuMs":{{Environment.CpuUsage.TotalTime.TotalMilliseconds:f0}},"allocatedMB":{{GC.GetTotalAllocatedBytes() / 1_000_000}},"peakMiB":{{VerifyRun.PeakMiB()}}}""");
        return 0;
    }

    /// <summary>As a whole process: reads and hashes every stored byte.</summary>
    public static async Task<int> CheckAsync(string work)
    {
        await using var one = await CreateAsync(new BackupSet(work), work);
        var objects = (await File.ReadAllLinesAsync(Path.Combine(work, "index"))).Select(line => line.Split(' ')).Select(words => new StoredObject(
            words[0], default, 0, long.Parse(words[1], CultureInfo.InvariantCulture), words[2], 0, DateTimeOffset.UnixEpoch, ObjectHealth.Good,
            DateTimeOffset.UnixEpoch)).ToList();
        var accountId = objects[0].Name.Split('/')[1];
        var folder = new AccountFolder(one.Vault.Id, accountId, BackupSet.Did, "", [], DateTimeOffset.UnixEpoch);
        await one.Index.AddFolderAsync(folder, CancellationToken.None);
        await one.Index.AddObjectsAsync(accountId, objects, CancellationToken.None);
        var watch = Stopwatch.StartNew();
        var pass = await new SnapshotVerifier(one.Index, TimeProvider.System).CheckStoredAsync(folder, one.Vault, null, VerifyBudget.Unlimited, CancellationToken.None);
        if (pass.Bad.Count > 0 || pass.Trouble is not null) throw new InvalidOperationException(pass.ToString());
        Console.WriteLine($$"""{"ms":{{watch.ElapsedMilliseconds}},"objects":{{pass.Objects}},"bytes":{{pass.Bytes}},"cpuMs":{{Environment.CpuUsage.TotalTime.TotalMilliseconds:f0}},"peakMiB":{{VerifyRun.PeakMiB()}}}""");
        return 0;
    }

    public async ValueTask DisposeAsync()
    {
        await Vault.Vault.DisposeAsync();
        await _provider.DisposeAsync();
        _identity.Dispose();
    }
}
