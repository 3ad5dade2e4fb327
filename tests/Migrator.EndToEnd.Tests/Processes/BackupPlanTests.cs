using System.Text.Json;
using Migrator.Jobs.Backups;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Processes;

/// <summary>A plan in the real program against real servers, set up and watched through the HTTP API as a person's script would.</summary>
public sealed class BackupPlanTests(SharedNetwork shared)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_plan_stores_the_difference_survives_kill_9_and_says_when_it_is_late_or_damaged()
    {
        var network = await shared.GetAsync(Ct);
        var account = await network.CreateAccountAsync(network.A, Ct);
        await using var world = await PlanWorld.StartAsync(network, Ct);
        await world.AddPlanAsync(account);

        // The first backup runs at once and holds everything.
        var view = await world.UntilAsync(view => view.Account is { Health: BackupHealth.Good, Snapshots: 1 }, "the first backup");
        var first = Assert.Single(await world.SnapshotsAsync());
        Assert.Equal((account.Records, account.Blobs.Count), (first.Records, first.Blobs));
        Assert.Equal(world.BytesInVault(), first.NewBytes);
        Assert.Equal("first", Assert.Single(view.Runs).Why);

        // Nothing changed: nothing is stored.
        await world.BringForwardAsync();
        view = await world.UntilAsync(view => view.Runs.Count(run => run.Outcome == BackupRunOutcome.Unchanged) == 1, "an unchanged run");
        Assert.Equal(("schedule", first.NewBytes), (view.Runs[0].Why, world.BytesInVault()));

        // The account changes: only the difference is stored.
        await network.AddToAsync(account, new FillOptions { Posts = 3, Images = 1, Likes = 0, Reposts = 0, Follows = 0, Recipes = 0, Orphans = 0, Seed = 2 }, Ct);
        await world.BringForwardAsync();
        await world.UntilAsync(view => view.Account.Snapshots == 2, "the second snapshot");
        var second = (await world.SnapshotsAsync())[0];
        Assert.Equal(world.BytesInVault(), first.NewBytes + second.NewBytes);
        Assert.True(second.Records > first.Records && second.Blobs == first.Blobs + 1);
        Assert.True(second.NewBytes < first.NewBytes, $"{second.NewBytes} new bytes for the difference, {first.NewBytes} for everything");

        await KilledInTheMiddleAsync(world, network, account);
        await LateAsync(world);
        await DamagedAsync(world);
        await OpensWithTheKeyAsync(world);
    }

    private static async Task KilledInTheMiddleAsync(PlanWorld world, RealNetwork network, FilledAccount account)
    {
        var fill = new FillOptions { Posts = 0, Images = 24, BlobBytes = 200_000, Likes = 0, Reposts = 0, Follows = 0, Recipes = 0, Orphans = 0, Seed = 3 };
        await network.AddToAsync(account, fill, Ct);
        var before = world.ObjectsInVault();
        await world.BringForwardAsync();
        while (world.ObjectsInVault() == before)
            await Task.Delay(5, Ct);
        await world.Program.KillAsync();
        await world.Program.StartAgainAsync(Ct);

        var view = await world.UntilAsync(view => view.Account is { Snapshots: 3, Health: BackupHealth.Good }, "the third snapshot");
        Assert.Contains(view.Runs, run => run.Outcome is BackupRunOutcome.Interrupted or BackupRunOutcome.Stored);
        Assert.Equal(3, world.SnapshotsInVault());
    }

    private static async Task LateAsync(PlanWorld world)
    {
        await world.ExecuteAsync("UPDATE backup_account SET late_at = 1");
        await world.UntilAsync(view => view.Account.Health == BackupHealth.Late && view.OpenAlarms.Count == 1, "the alarm");
        using (var raised = JsonDocument.Parse(await world.NextHookAsync()))
        {
            Assert.Equal(("alarm.raised", "Late"), (Text(raised, "kind"), Text(raised, "what")));
            Assert.Contains("Earlier snapshots are as they were.", Text(raised, "message"), StringComparison.Ordinal);
        }

        await world.BringForwardAsync();
        await world.UntilAsync(view => view.Account.Health == BackupHealth.Good && view.OpenAlarms.Count == 0, "the end of the alarm");
        using var ended = JsonDocument.Parse(await world.NextHookAsync());
        Assert.Equal("alarm.ended", Text(ended, "kind"));
    }

    private static async Task DamagedAsync(PlanWorld world)
    {
        world.FlipAByteInTheLargestObject();
        await world.CallAsync<BackupAccountView>(HttpMethod.Post, $"/accounts/{world.AccountId}/verify", null);
        await world.UntilAsync(view => view.Account.Health == BackupHealth.Damaged && view.OpenAlarms.Count == 1, "that the damage is found");
        Assert.Equal(AlarmKind.Damaged, JsonSerializer.Deserialize<AlarmKind>($"\"{Text(JsonDocument.Parse(await world.NextHookAsync()), "what")}\"", PlanWorld.Json));
        Assert.Contains(await world.SnapshotsAsync(), snapshot => snapshot.Standing == SnapshotStanding.Damaged);

        // The next backup stores anew what the server still has, so its snapshot is whole.
        await world.BringForwardAsync();
        await world.UntilAsync(view => view.Account.Snapshots == 4, "the healing snapshot");
        Assert.Equal(SnapshotStanding.Good, (await world.SnapshotsAsync())[0].Standing);
    }

    private static async Task OpensWithTheKeyAsync(PlanWorld world)
    {
        await using var vault = world.OpenVault();
        await world.ProveAsync(vault, (await world.SnapshotsAsync())[0].ObjectName);
    }

    private static string Text(JsonDocument json, string name) => json.RootElement.GetProperty(name).GetString()!;
}
