using System.Net;
using Migrator.EndToEnd.Tests.Processes;
using Migrator.Jobs.Backups;
using Migrator.Testing.Network;

namespace Migrator.EndToEnd.Tests.Backups;

/// <summary>The disk that holds the database is full: the one place where nothing can be written down, not even that.</summary>
public sealed class DatabaseDiskTests(SharedNetwork shared)
{
    private const string Words = "There is no room left on the disk that holds Migrator's database.";

    private static readonly FillOptions Small = new()
    {
        Posts = 6, Images = 3, Likes = 0, Reposts = 0, Follows = 0, Recipes = 0,
        Orphans = 0
    };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <param name="leave">Bytes that are left: with some, it is full in the middle of a run and not before it.</param>
    [Theory]
    [InlineData(0)]
    [InlineData(40_000)]
    [InlineData(120_000)]
    public async Task A_full_disk_under_the_database_is_said_and_all_goes_on_when_there_is_room(long leave)
    {
        var obstacle = await SmallDisk.FindObstacleAsync(Ct);
        Assert.SkipWhen(obstacle is not null, obstacle ?? "");
        var network = await shared.GetAsync(Ct);
        var data = Directory.CreateTempSubdirectory("migrator-disk-").FullName;
        var cache = Directory.CreateTempSubdirectory("migrator-cache-").FullName;
        await using var world = await PlanWorld.StartAsync(
            network,
            Ct,
            new Dictionary<string, string> { ["Migrator:Backups:CacheFolder"] = cache },
            SmallDisk.Launcher(data, 24),
            data);
        var account = await network.CreateAccountAsync(network.A, Ct, fill: Small);
        await world.AddPlanAsync(account);
        await world.UntilAsync(view => view.Account is { Health: BackupHealth.Good, Snapshots: 1 }, "the first backup");
        await using var vault = world.OpenVault();
        await network.AddToAsync(account, Small with { Seed = 2 }, Ct);

        var ballast = SmallDisk.Fill(world.Program.DataSeen, leave);
        await UntilFullAsync(world);
        var view = await world.CallAsync<BackupAccountView>(HttpMethod.Get, $"/accounts/{world.AccountId}", null);
        Assert.Equal(BackupHealth.NeedsYou, view.Account.Health);
        Assert.StartsWith(Words, view.Account.Message, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await world.Program.ReadinessAsync(Ct));
        Assert.InRange(await world.ProveAllAsync(vault), 1, 2);

        File.Delete(ballast);
        await world.Program.UntilReadyAsync(Ct);
        view = await world.RunAsync();
        Assert.Equal((BackupHealth.Good, 2, 0), (view.Account.Health, view.Account.Snapshots, view.OpenAlarms.Count));
        Assert.Equal(2, await world.ProveAllAsync(vault));
        Assert.Equal(2, world.SnapshotsInVault());
        Directory.Delete(data, recursive: true);
        Directory.Delete(cache, recursive: true);
    }

    /// <summary>Asks for backups until the answer is that there is no room.</summary>
    private static async Task UntilFullAsync(PlanWorld world)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            using var answer = await world.Program.CallAsync(
                HttpMethod.Post, $"/api/v1/backups/accounts/{world.AccountId}/run", null, Ct);
            if (answer.StatusCode == HttpStatusCode.InsufficientStorage)
            {
                Assert.Contains(Words, await answer.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
                return;
            }

            Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}\n{world.Program.Output}");
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromMinutes(1), world.Program.Output);
            await Task.Delay(50, Ct);
        }
    }
}
