using System.Net.Http.Json;
using System.Text.Json;
using Migrator.Core.Drills;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Drills;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Processes;

/// <summary>Drills in the real program, asked for through the HTTP API, killed in the middle, and of a backup that was damaged.</summary>
public sealed class DrillProcessTests(SharedNetwork shared)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_drill_survives_kill_9_proves_the_backup_and_says_when_it_is_damaged()
    {
        var network = await shared.GetAsync(Ct);
        var account = await network.CreateAccountAsync(network.A, Ct);
        await using var world = await PlanWorld.StartAsync(network, Ct);
        await world.AddPlanAsync(account);
        await world.UntilAsync(view => view.Account is { Health: BackupHealth.Good, Snapshots: 1 }, "the first backup");
        await CallAsync<DrillStanding>(world, HttpMethod.Put, $"accounts/{world.AccountId}/escrow", new EscrowKey(world.PrivateKey));

        var asked = await CallAsync<DrillView>(world, HttpMethod.Post, "", new StartDrill(world.AccountId));
        await UntilAsync(world, asked.Id, drill => drill.State == DrillState.Running);
        await world.Program.KillAsync();
        await world.Program.StartAgainAsync(Ct);
        var proven = await UntilAsync(world, asked.Id, drill => drill.IsOver);

        Assert.True(proven.State == DrillState.Proven, proven.Message);
        Assert.Equal((DrillDepth.Sandbox, 100), (proven.Summary!.Depth, proven.Summary.Percent));
        Assert.Equal((account.Records, account.Blobs.Count), (proven.Summary.Counts.Records, proven.Summary.Counts.Blobs));
        using (var ended = JsonDocument.Parse(await world.NextHookAsync()))
            Assert.Equal(("drill.ended", "Proven"), (Text(ended, "kind"), Text(ended, "state")));
        Assert.Equal(VerifiedDepth.Opened, (await world.SnapshotsAsync())[0].Depth);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(world.Program.Data, "drills")));

        world.FlipAByteInTheLargestObject();
        asked = await CallAsync<DrillView>(world, HttpMethod.Post, "", new StartDrill(world.AccountId, world.PrivateKey));
        var damaged = await UntilAsync(world, asked.Id, drill => drill.IsOver);

        Assert.Equal((DrillState.Damaged, DrillKeySource.Session), (damaged.State, damaged.KeyFrom));
        Assert.NotEmpty(damaged.Report!.Findings);
        using (var raised = JsonDocument.Parse(await world.NextHookAsync()))
            Assert.Equal(("alarm.raised", "DrillDamaged"), (Text(raised, "kind"), Text(raised, "what")));
        Assert.Contains(await world.SnapshotsAsync(), snapshot => snapshot.Standing == SnapshotStanding.Damaged);
        var standing = await CallAsync<DrillStanding>(world, HttpMethod.Get, $"accounts/{world.AccountId}", null);
        Assert.Equal((proven.Id, damaged.Id), (standing.LastProven!.Id, standing.Last!.Id));
        Assert.DoesNotContain(world.PrivateKey, world.Program.Output, StringComparison.Ordinal);
    }

    private static async Task<DrillView> UntilAsync(PlanWorld world, string id, Func<DrillView, bool> wanted)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var drill = await CallAsync<DrillView>(world, HttpMethod.Get, id, null);
            if (wanted(drill))
                return drill;
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < Patience, $"{drill.State} {drill.Message}\n{world.Program.Output}");
            await Task.Delay(50, Ct);
        }
    }

    private static async Task<T> CallAsync<T>(PlanWorld world, HttpMethod method, string path, object? command)
    {
        using var body = command is null ? null : JsonContent.Create(command, command.GetType(), options: PlanWorld.Json);
        using var answer = await world.Program.CallAsync(method, $"/api/v1/drills/{path}", body, Ct);
        var text = await answer.Content.ReadAsStringAsync(Ct);
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {(int)answer.StatusCode} {text}\n{world.Program.Output}");
        return JsonSerializer.Deserialize<T>(text, PlanWorld.Json)!;
    }

    private static string Text(JsonDocument json, string name) => json.RootElement.GetProperty(name).GetString()!;
}
