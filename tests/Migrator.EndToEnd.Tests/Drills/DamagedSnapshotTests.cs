using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Migrator.Core.AtProto;
using Migrator.Core.Drills;
using Migrator.Core.Vaults;
using Migrator.EndToEnd.Tests.Backups;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Drills;

/// <summary>One account on a real server, backed up, and what can go wrong with the bytes: each found, and named.</summary>
public sealed class DamagedSnapshotTests(SharedNetwork shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_flipped_byte_one_lost_picture_and_one_wrong_record_are_found_and_named()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        await using var backups = await LiveBackups.StartAsync(network, Cancel);
        var snapshot = (await backups.StoreAsync(account.Did, Cancel)).Name;
        var otherRepo = await ChangeOneRecordAsync(network, account);
        await using var world = new DrillWorld();
        var blobs = account.Blobs.Select(blob => blob.Cid).ToHashSet<string?>();

        // A flipped byte, in the repo.
        var report = await DrillAsync(world, backups, snapshot, vault => vault.FlipByte(vault.RepoObject));
        var finding = Assert.Single(report.Findings);
        Assert.Equal((DrillFindingKind.ObjectDamaged, true), (finding.Kind, finding.Object is not null));
        Assert.Equal(0, report.Counts.Records);

        // A flipped byte, in pictures.
        report = await DrillAsync(world, backups, snapshot, vault => vault.FlipByte(vault.BlobObjects[0]));
        Assert.All(report.Findings, found => Assert.Equal(DrillFindingKind.BlobDamaged, found.Kind));
        Assert.All(report.Findings, found => Assert.Contains(found.Cid, blobs));
        Assert.All(report.Findings, found => Assert.Contains("/", found.Path, StringComparison.Ordinal));
        Assert.Equal(report.Counts.BlobsTotal - report.Findings.Count, report.Counts.Blobs);

        // A lost picture.
        report = await DrillAsync(world, backups, snapshot, vault => vault.Lose(vault.BlobObjects[0]));
        Assert.All(report.Findings, found => Assert.Equal(DrillFindingKind.BlobMissing, found.Kind));
        Assert.All(report.Findings, found => Assert.Contains(found.Cid, blobs));
        Assert.All(report.Findings, found => Assert.Contains("/", found.Path, StringComparison.Ordinal));

        // A wrong record: the account's own repo, rightly signed, with one record that is another one; sealed to the same key.
        report = await DrillAsync(world, backups, snapshot, vault => vault.SwapAsync(vault.RepoObject, otherRepo, Cancel));
        finding = Assert.Single(report.Findings);
        Assert.Equal(DrillFindingKind.ObjectDamaged, finding.Kind);
        Assert.Contains("another CAR file", finding.Text, StringComparison.Ordinal);

        // And with a manifest that names the swapped object, its length and its hashes.
        report = await DrillAsync(world, backups, snapshot, vault => vault.SwapRepoAndManifestAsync(otherRepo, Cancel));
        finding = Assert.Single(report.Findings);
        Assert.Equal(DrillFindingKind.Contradiction, finding.Kind);
        Assert.Contains("commit", finding.Text, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(world.WorkFolder));
    }

    [Fact]
    public async Task A_snapshot_that_the_key_does_not_open_is_said_to_be_so()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        await using var backups = await LiveBackups.StartAsync(network, Cancel);
        await using var others = await LiveBackups.StartAsync(network, Cancel);
        var snapshot = await backups.StoreAsync(account.Did, Cancel);
        await using var world = new DrillWorld();

        var report = await world.Drill.RunAsync(world.Order(others, snapshot.Name, backups.Vault), null, Cancel);

        Assert.True(report is { Outcome: DrillOutcome.Faulty, Depth: DrillDepth.None, Did: null }, DrillWorld.Tell(report));
        Assert.Equal(DrillFindingKind.SnapshotUnreadable, Assert.Single(report.Findings).Kind);
    }

    private static Task<DrillReport> DrillAsync(DrillWorld world, LiveBackups backups, string snapshot, Action<DamagedVault> damage) =>
        DrillAsync(world, backups, snapshot, vault =>
        {
            damage(vault);
            return Task.CompletedTask;
        });

    private static async Task<DrillReport> DrillAsync(
        DrillWorld world, LiveBackups backups, string snapshot, Func<DamagedVault, Task> damage)
    {
        await using var services = Vaults();
        await using var vault = await DamagedVault.CopyAsync(backups, snapshot, services.GetRequiredService<IVaultFactory>(), Cancel);
        await damage(vault);
        var report = await world.Drill.RunAsync(world.Order(backups, snapshot, vault.Vault), null, Cancel);
        Assert.True(report is { Outcome: DrillOutcome.Faulty, Depth: DrillDepth.Files, Proven: false }, DrillWorld.Tell(report));
        Assert.NotEmpty(report.Findings);
        return report;
    }

    private static ServiceProvider Vaults()
    {
        var none = new ConfigurationBuilder().Build();
        return new ServiceCollection().AddLogging().AddAtProto(none).AddVaults().BuildServiceProvider();
    }

    /// <summary>The repo as the server gives it out after one record was changed.</summary>
    private static async Task<byte[]> ChangeOneRecordAsync(RealNetwork network, FilledAccount account)
    {
        var owner = await account.SignInAsync(Cancel);
        var record = new Dictionary<string, string> { ["$type"] = "app.bsky.actor.profile", ["displayName"] = "Somebody else" };
        var wanted = new { repo = account.Did, collection = "app.bsky.actor.profile", rkey = "self", record };
        await owner.PostAsync("com.atproto.repo.putRecord", wanted, Cancel);
        using var client = new HttpClient();
        return await client.GetByteArrayAsync(new Uri($"{network.A.Url}/xrpc/com.atproto.sync.getRepo?did={account.Did}"), Cancel);
    }
}
