using Migrator.Core.Vaults;
using Migrator.EndToEnd.Tests.Processes;
using Migrator.Jobs.Backups;
using Migrator.Testing.Network;
using Migrator.Testing.S3;

namespace Migrator.EndToEnd.Tests.Backups;

/// <summary>
/// What goes wrong with vaults and disks, in the real program: what the owner is told, and that it goes on by itself afterwards.
/// </summary>
public sealed class VaultFaultsTests(SharedNetwork shared)
{
    private static readonly FillOptions Small = new()
    {
        Posts = 6, Images = 3, Likes = 0, Reposts = 0, Follows = 0, Recipes = 0,
        Orphans = 0
    };

    private static readonly (S3Misdeed Trouble, string Words, int Seed)[] Usual =
    [
        (S3Misdeed.Deny, "does not allow it (AccessDenied)", 3), (S3Misdeed.SlowDown, "asks for a pause (SlowDown)", 4),
    ];

    /// <summary>The store's troubles that last for a while; with MIGRATOR_TEST_FULL=1 more of them.</summary>
    private static IReadOnlyList<(S3Misdeed Trouble, string Words, int Seed)> Troubles =>
        Environment.GetEnvironmentVariable("MIGRATOR_TEST_FULL") == "1"
            ? [.. Usual, (S3Misdeed.Full, "has no room left", 5), (S3Misdeed.Corrupt, "", 6), (S3Misdeed.Fail, "trouble of its own", 7)]
            : Usual;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_full_disk_is_said_and_the_backup_goes_on_when_there_is_room()
    {
        var obstacle = await SmallDisk.FindObstacleAsync(Ct);
        Assert.SkipWhen(obstacle is not null, obstacle ?? "");
        var network = await shared.GetAsync(Ct);
        var disk = Directory.CreateTempSubdirectory("migrator-disk-").FullName;
        await using var world = await PlanWorld.StartAsync(
            network,
            Ct,
            new Dictionary<string, string> { ["Migrator:Backups:CacheFolder"] = Path.Combine(disk, "cache") },
            SmallDisk.Launcher(disk, 3));
        var account = await network.CreateAccountAsync(network.A, Ct, fill: Small);
        await world.AddPlanAsync([account], [new AddVault("Disk", "file", Path.Combine(disk, "vault"))]);
        await world.UntilAsync(view => view.Account is { Health: BackupHealth.Good, Snapshots: 1 }, "the first backup");
        var seen = SmallDisk.Seen(world.Program.Pid, disk);
        await using var vault = world.OpenVault(new FileVaultSettings(Path.Combine(seen, "vault")));
        Assert.Equal(1, await world.ProveAllAsync(vault));

        // Room for the repo and not for the pictures.
        await network.AddToAsync(account, Small with { BlobBytes = 400_000, Seed = 2 }, Ct);
        var ballast = SmallDisk.Fill(seen, leave: 500_000);
        var view = await world.RunAsync();
        Assert.Equal((BackupHealth.NeedsYou, AlarmKind.Failed), (view.Account.Health, Assert.Single(view.OpenAlarms).Kind));
        Assert.Contains($"There is no room left in {Path.Combine(disk, "vault")}. What was stored before is untouched.",
            view.Account.Message, StringComparison.Ordinal);
        Assert.Equal(1, await world.ProveAllAsync(vault));

        // Not even for the repo: then it is the working folder that is full.
        File.Delete(ballast);
        ballast = SmallDisk.Fill(seen, leave: 0);
        view = await world.RunAsync();
        Assert.Equal(BackupHealth.NeedsYou, view.Account.Health);
        Assert.Contains("Make room", view.Account.Message, StringComparison.Ordinal);
        Assert.Equal(1, await world.ProveAllAsync(vault));

        File.Delete(ballast);
        view = await world.RunAsync();
        Assert.Equal((BackupHealth.Good, 2, 0), (view.Account.Health, view.Account.Snapshots, view.OpenAlarms.Count));
        Assert.Equal(2, await world.ProveAllAsync(vault));
        Directory.Delete(disk, recursive: true);
    }

    [Fact]
    public async Task A_folder_that_is_away_or_another_one_is_not_written_to_and_the_right_one_goes_on()
    {
        var network = await shared.GetAsync(Ct);
        await using var world = await PlanWorld.StartAsync(network, Ct);
        var account = await network.CreateAccountAsync(network.A, Ct, fill: Small);
        await world.AddPlanAsync(account);
        await world.UntilAsync(view => view.Account is { Health: BackupHealth.Good, Snapshots: 1 }, "the first backup");
        await network.AddToAsync(account, Small with { Seed = 2 }, Ct);
        var away = world.VaultFolder + ".away";

        // Not there at all, as a disk that was unplugged.
        Directory.Move(world.VaultFolder, away);
        await NeedsPersonAsync();
        Assert.False(Directory.Exists(world.VaultFolder));

        // An empty folder in its place, as a mount point without its disk.
        Directory.CreateDirectory(world.VaultFolder);
        await NeedsPersonAsync();
        Assert.Empty(Directory.EnumerateFiles(world.VaultFolder, "*", SearchOption.AllDirectories));

        // Another vault in its place.
        await using (var other = world.OpenVault())
            await VaultMarker.ReadOrCreateAsync(other, Ct);
        await NeedsPersonAsync();
        Assert.Single(Directory.EnumerateFiles(world.VaultFolder, "*", SearchOption.AllDirectories));

        Directory.Delete(world.VaultFolder, recursive: true);
        Directory.Move(away, world.VaultFolder);
        var view = await world.RunAsync();
        Assert.Equal((BackupHealth.Good, 2, 0), (view.Account.Health, view.Account.Snapshots, view.OpenAlarms.Count));
        await using var vault = world.OpenVault();
        Assert.Equal(2, await world.ProveAllAsync(vault));

        async Task NeedsPersonAsync()
        {
            var seen = await world.RunAsync();
            Assert.Equal((BackupHealth.NeedsYou, 1), (seen.Account.Health, seen.Account.Snapshots));
            Assert.Contains("Nothing was written.", seen.Account.Message, StringComparison.Ordinal);
            Assert.Contains("Bring back the right one", seen.Account.Message, StringComparison.Ordinal);
            Assert.Equal(AlarmKind.Failed, Assert.Single(seen.OpenAlarms).Kind);
            Assert.All(await world.SnapshotsAsync(), snapshot => Assert.Equal(SnapshotStanding.Good, snapshot.Standing));
        }
    }

    [Fact]
    public async Task Of_two_vaults_in_a_plan_the_good_one_is_written_to_and_the_store_in_trouble_catches_up()
    {
        var network = await shared.GetAsync(Ct);
        await using var store = await S3Server.StartAsync();
        await using var world = await PlanWorld.StartAsync(network, Ct, new Dictionary<string,
            string>
        { ["Migrator:Network:RetryDelay"] = "00:00:00.02" });
        var account = await network.CreateAccountAsync(network.A, Ct, fill: Small);
        await world.AddPlanAsync(
            [account],
            [
                new AddVault("Disk", "file", world.VaultFolder),
                new AddVault(
                    "Bucket", "s3", null, store.Url.ToString(), null, store.Options.Bucket, "backups/", true, store.Options.AccessKeyId,
                        store.Options.SecretAccessKey),
            ]);
        await world.UntilAsync(view => view.Account is { Health: BackupHealth.Good, Snapshots: 2 }, "a snapshot in each vault");
        await using var disk = world.OpenVault();
        await using var bucket = world.OpenVault(
            new S3VaultSettings(store.Url, "us-east-1", store.Options.Bucket, "backups/"),
            new VaultCredentials(store.Options.AccessKeyId, store.Options.SecretAccessKey));
        Assert.Equal((1, 1), (await world.ProveAllAsync(disk), await world.ProveAllAsync(bucket)));

        // A lost answer is no trouble: what arrived is found again.
        await ChangeAsync(2);
        store.Misbehave("PutObject", S3Misdeed.LoseReply, times: 2);
        var view = await world.RunAsync();
        Assert.Equal((BackupHealth.Good, 4, 0), (view.Account.Health, view.Account.Snapshots, store.MisdeedsLeft));

        foreach (var (trouble, words, seed) in Troubles)
        {
            var (onDisk, inBucket) = (await world.ProveAllAsync(disk), await world.ProveAllAsync(bucket));
            await ChangeAsync(seed);
            store.Misbehave("PutObject", trouble, times: 1000);
            view = await world.RunAsync();
            Assert.Equal((BackupHealth.Failing, BackupRunOutcome.Failed), (view.Account.Health, view.Runs[0].Outcome));
            Assert.StartsWith("The vault \"Bucket\" got no snapshot: ", view.Account.Message, StringComparison.Ordinal);
            Assert.Contains(words, view.Account.Message, StringComparison.Ordinal);
            Assert.Equal((onDisk + 1, inBucket), (await world.ProveAllAsync(disk), await world.ProveAllAsync(bucket)));

            store.Forgive();
            view = await world.RunAsync();
            Assert.Equal((BackupHealth.Good, 0), (view.Account.Health, view.OpenAlarms.Count));
            Assert.Equal((onDisk + 1, inBucket + 1), (await world.ProveAllAsync(disk), await world.ProveAllAsync(bucket)));
        }

        Assert.DoesNotContain(store.Options.SecretAccessKey, world.Program.Output, StringComparison.Ordinal);

        Task ChangeAsync(int seed) => network.AddToAsync(account, Small with { Posts = 1, Images = 1, Seed = seed }, Ct);
    }
}
