using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Migrator.Core.Age;
using Migrator.Core.AtProto;
using Migrator.Core.AtProto.Net;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Backups;
using Migrator.Core.Vaults;
using Migrator.Testing.Backups;
using Migrator.Testing.Network;

namespace Migrator.Benchmarks;

/// <summary>The first backup of an account on a reference PDS on this machine: how much of its time is the server's.</summary>
internal static class BackupLive
{
    public static async Task<int> RunAsync(int runs, int posts, int images, int bytes)
    {
        var ct = CancellationToken.None;
        await using var network = await RealNetwork.StartAsync(ct);
        var account = await network.CreateAccountAsync(network.A, ct, fill: new FillOptions { Posts = posts, Images = images, BlobBytes = bytes });
        for (var run = 0; run < runs; run++)
        {
            var work = Directory.CreateTempSubdirectory("migrator-bench-").FullName;
            try
            {
                Console.WriteLine(await RunAsync(network, Did.Parse(account.Did), work));
            }
            finally
            {
                Directory.Delete(work, recursive: true);
            }
        }
        return 0;
    }

    private static async Task<string> RunAsync(RealNetwork network, Did did, string work)
    {
        var clock = new AnswerClock();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Migrator:Data"] = work,
            ["Migrator:Network:AllowPrivate:0"] = "localhost:*",
            ["Migrator:Network:AllowPrivate:1"] = "127.0.0.1:*",
            ["Migrator:Plc:Url"] = network.Plc.Url,
            ["Migrator:Identity:HandleResolvers:0"] = network.A.Url,
        }).Build();
        var services = new ServiceCollection().AddLogging().AddAtProto(configuration).AddVaults().AddBackups(configuration)
            .AddSingleton<IBackupIndex, MemoryBackupIndex>().AddSingleton<IManifestSigner, KeySigner>();
        services.AddHttpClient(GuardedHttp.ClientName).AddHttpMessageHandler(() => clock);
        await using var provider = services.BuildServiceProvider();
        await using var vault = provider.GetRequiredService<IVaultFactory>().Open(new FileVaultSettings(Path.Combine(work, "vault")), null);
        var id = (await VaultMarker.ReadOrCreateAsync(vault, CancellationToken.None)).Id;
        using var identity = AgeIdentity.Generate();
        var (watch, cpu) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        var outcome = await provider.GetRequiredService<IBackupRunner>().RunAsync(
            new BackupOrder(did, [new BackupVault(id, vault)], [identity.Recipient], null), CancellationToken.None);
        var (wall, own) = (watch.Elapsed, Environment.CpuUsage.TotalTime - cpu);
        var snapshot = ((BackupOutcome.Stored)outcome).Vaults[0].Snapshot!;
        return string.Create(CultureInfo.InvariantCulture,
            $"{snapshot.Records} records, {snapshot.Blobs} blobs, {snapshot.BlobBytes} bytes: {wall.TotalSeconds:0.00} s, in {clock.Waited.TotalSeconds:0.00} s of which an answer was waited for ({clock.Requests} requests); own processor time {own.TotalSeconds:0.00} s");
    }
}
