using System.Diagnostics;
using Migrator.Core.Drills;
using Migrator.Core.Vaults;
using Migrator.EndToEnd.Tests.Backups;
using Migrator.Testing.Backups;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Drills;

/// <summary>Drills that do not get to their end, through no fault of the snapshot; and what is left of them.</summary>
public sealed class DrillTroubleTests(SharedNetwork shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_Node_the_files_are_proven_and_the_report_says_how_to_go_deeper()
    {
        var (backups, snapshot) = await SnapshotAsync();
        await using var owned = backups;
        await using var without = new DrillWorld(("Migrator:Drill:Node", "/nowhere/node"));
        await using var empty = new DrillWorld(("Migrator:Drill:Sandbox", without.WorkFolder));

        var report = await without.Drill.RunAsync(without.Order(backups, snapshot), null, Cancel);
        var other = await empty.Drill.RunAsync(empty.Order(backups, snapshot), null, Cancel);

        Assert.True(report is { Outcome: DrillOutcome.Proven, Depth: DrillDepth.Files }, DrillWorld.Tell(report));
        Assert.Contains("Node.js was not found", report.WhyNotDeeper, StringComparison.Ordinal);
        Assert.Contains("install.sh", report.WhyNotDeeper, StringComparison.Ordinal);
        Assert.Equal((report.Counts.RecordsTotal, report.Counts.BlobsTotal), (report.Counts.Records, report.Counts.Blobs));
        Assert.True(other is { Outcome: DrillOutcome.Proven, Depth: DrillDepth.Files }, DrillWorld.Tell(other));
        Assert.Contains("holds no sandbox", other.WhyNotDeeper, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Servers_that_break_off_in_the_middle_are_not_held_against_the_snapshot()
    {
        var (backups, snapshot) = await SnapshotAsync();
        await using var owned = backups;
        await using var world = new DrillWorld();
        var steps = new Steps("importRepo", () =>
        {
            using var servers = Process.GetProcessById(world.Sandbox.Pid);
            servers.Kill();
        });

        var report = await world.Drill.RunAsync(world.Order(backups, snapshot), steps, Cancel);

        Assert.True(report is { Outcome: DrillOutcome.NotProven, Depth: DrillDepth.Files, Findings: [] }, DrillWorld.Tell(report));
        Assert.Contains("broke off", report.Trouble, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(world.WorkFolder));
    }

    [Fact]
    public async Task Servers_that_do_not_start_are_told_with_what_they_said()
    {
        var (backups, snapshot) = await SnapshotAsync();
        await using var owned = backups;
        var node = Path.Combine(backups.Folder, "node");
        const string script = "#!/bin/sh\n[ \"$1\" = --version ] && echo v22.1.0 && exit\necho Cannot find module >&2\nexit 1\n";
        await File.WriteAllTextAsync(node, script, Cancel);
        File.SetUnixFileMode(node, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await using var world = new DrillWorld(("Migrator:Drill:Node", node));

        var report = await world.Drill.RunAsync(world.Order(backups, snapshot), null, Cancel);

        Assert.True(report is { Outcome: DrillOutcome.NotProven, Depth: DrillDepth.Files, Findings: [] }, DrillWorld.Tell(report));
        Assert.Contains("did not start. Cannot find module", report.Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stopped_drill_leaves_nothing()
    {
        var (backups, snapshot) = await SnapshotAsync();
        await using var owned = backups;
        await using var world = new DrillWorld();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var steps = new Steps("copyBlobs", stop.Cancel);

        var drill = world.Drill.RunAsync(world.Order(backups, snapshot), steps, stop.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => drill);

        Assert.Empty(Directory.EnumerateFileSystemEntries(world.WorkFolder));
        Assert.Contains(world.Lines, line => line.Contains($"process {world.Sandbox.Pid}, is gone", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_vault_that_does_not_answer_is_not_held_against_the_snapshot()
    {
        await using var world = new DrillWorld();
        var network = await shared.GetAsync(Cancel);
        await using var backups = await LiveBackups.StartAsync(network, Cancel);
        var vault = new MemoryVault { Trouble = new VaultException(VaultFault.Unreachable, "The disk is not mounted.") };
        var name = $"accounts/{new string('a', 26)}/snapshots/20261101t101112z-0123456789abcdef.age";

        var report = await world.Drill.RunAsync(world.Order(backups, name, vault), null, Cancel);

        Assert.True(report is { Outcome: DrillOutcome.NotProven, Depth: DrillDepth.None, Findings: [] }, DrillWorld.Tell(report));
        Assert.Contains("The disk is not mounted.", report.Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_identity_that_is_a_web_page_is_proven_as_files()
    {
        var network = await shared.GetAsync(Cancel);
        var (account, page) = await network.CreateDidWebAccountAsync(network.A, Cancel);
        await using var ended = page;
        await using var backups = await LiveBackups.StartAsync(network, Cancel);
        var snapshot = await backups.StoreAsync(account.Did, Cancel);
        await using var world = new DrillWorld();

        var report = await world.Drill.RunAsync(world.Order(backups, snapshot.Name), null, Cancel);

        Assert.True(report is { Outcome: DrillOutcome.Proven, Depth: DrillDepth.Files }, DrillWorld.Tell(report));
        Assert.Contains("did:web", report.WhyNotDeeper, StringComparison.Ordinal);
    }

    private async Task<(LiveBackups Backups, string Snapshot)> SnapshotAsync()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        var backups = await LiveBackups.StartAsync(network, Cancel);
        return (backups, (await backups.StoreAsync(account.Did, Cancel)).Name);
    }
}
