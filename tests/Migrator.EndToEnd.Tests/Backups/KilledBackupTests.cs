using Migrator.EndToEnd.Tests.Processes;
using Migrator.Jobs.Backups;
using Migrator.Testing.Network;

namespace Migrator.EndToEnd.Tests.Backups;

/// <summary>
/// The program is killed with <c>kill -9</c> while it writes, by what can be seen in the vault at that moment; what is visible is proven
/// each time with the key, and the program goes on by itself when it is started again.
/// </summary>
public sealed class KilledBackupTests(SharedNetwork shared)
{
    private const int BlobBytes = 150_000;
    private static readonly FillOptions Pictures = new()
    {
        Posts = 8, Images = 8, BlobBytes = BlobBytes, Likes = 0, Reposts = 0, Follows = 0, Recipes = 0, Orphans = 0,
    };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>
    /// Bytes of the round's 1.2 MB that are in the vault when the kill comes; beyond all of them: when the manifest appears.
    /// </summary>
    private static IReadOnlyList<long> Moments => Environment.GetEnvironmentVariable("MIGRATOR_TEST_FULL") == "1"
        ? [.. Enumerable.Range(0, 24).Select(number => number * 60_000L), long.MaxValue]
        : [1, 5 * BlobBytes, long.MaxValue];

    [Fact]
    public async Task Killed_anywhere_no_half_snapshot_is_visible_and_the_next_start_finishes_it()
    {
        var network = await shared.GetAsync(Ct);
        await using var world = await PlanWorld.StartAsync(network, Ct, new Dictionary<string,
            string>
        { ["Migrator:Backups:BlobsAtOnce"] = "1" });
        var account = await network.CreateAccountAsync(network.A, Ct);
        await world.AddPlanAsync([account], [new AddVault("Disk", "file", world.VaultFolder)], new RetentionInput(Last: 100));
        await world.UntilAsync(view => view.Account is { Health: BackupHealth.Good, Snapshots: 1 }, "the first backup");
        await using var vault = world.OpenVault();
        var (whole, seed) = (1, 20);
        foreach (var moment in Moments)
        {
            await network.AddToAsync(account, Pictures with { Seed = seed++ }, Ct);
            var before = BytesOf(world.VaultFolder);
            await world.BringForwardAsync();
            while (moment == long.MaxValue ? world.SnapshotsInVault() == whole : BytesOf(world.VaultFolder) < before + moment)
                await Task.Delay(1, Ct);
            await world.Program.KillAsync();

            var visible = await world.ProveAllAsync(vault);
            Assert.InRange(visible, whole, whole + 1);
            await world.Program.StartAgainAsync(Ct);
            var view = await world.UntilAsync(view => view.Account.Health == BackupHealth.Good && view.Account.Snapshots == whole + 1,
                "the interrupted backup");
            Assert.Equal((0, ++whole), (view.OpenAlarms.Count, await world.ProveAllAsync(vault)));
            Assert.Contains(view.Runs.Take(2), run => run.Outcome is BackupRunOutcome.Stored or BackupRunOutcome.Unchanged);
        }
    }

    private static long BytesOf(string folder)
    {
        var sum = 0L;
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            try
            {
                sum += file.Length;
            }
            catch (FileNotFoundException)
            {
                // It got its name in this moment.
            }
        }

        return sum;
    }
}
