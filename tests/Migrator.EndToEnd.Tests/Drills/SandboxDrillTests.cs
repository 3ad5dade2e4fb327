using System.Diagnostics;
using System.Text.Json;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Drills;
using Migrator.EndToEnd.Tests.Backups;
using Migrator.EndToEnd.Tests.Move;
using Migrator.EndToEnd.Tests.Restore;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Drills;

/// <summary>Snapshots of a real account, restored into real servers of their own.</summary>
public sealed class SandboxDrillTests(SharedNetwork shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_good_snapshot_is_proven_whole_in_a_sandbox_and_nobody_else_is_asked_anything()
    {
        var network = await shared.GetAsync(Cancel);
        await using var lost = await LostAccount.CreateAsync(network, Cancel);
        await OverruleServerAsync(network, lost);
        await using var backups = await LiveBackups.StartAsync(network, Cancel);
        // The account's server is one of this test, which the backup's settings do not name for handles; a DID needs none.
        var session = await backups.SignInAsync(lost.Account, Cancel);
        var snapshot = await backups.StoreAsync(lost.Account.Did, Cancel, session);
        await lost.DieAsync();
        var operations = await lost.CountOperationsAsync(Cancel);
        var attempts = await network.Plc.CountAttemptsAsync(lost.Account.Did, Cancel);
        await using var world = new DrillWorld();
        JsonElement seen = default;
        var steps = new Steps("verifyFromOutside", () => seen = AskServer(world, lost.Account.Did));

        var report = await world.Drill.RunAsync(world.Order(backups, snapshot.Name), steps, Cancel);

        Assert.True(report is { Proven: true, Depth: DrillDepth.Sandbox, WhyNotDeeper: null, Trouble: null }, DrillWorld.Tell(report));
        Assert.True(report.Counts.RecordsTotal > 20 && report.Counts.BlobsTotal > 4, report.Counts.ToString());
        Assert.Equal((report.Counts.RecordsTotal, report.Counts.BlobsTotal), (report.Counts.Records, report.Counts.Blobs));
        Assert.Equal((lost.Account.Did, snapshot.Name, backups.Vault.Name), (report.Did, report.Snapshot, report.Vault));
        Assert.Equal(
            [
                "open", "sandbox", "lookUpIdentity", "gatherSources", "preflight", "signClaim", "claimIdentity", "createTargetAccount",
                "importRepo", "copyBlobs", "copyPreferences", "verifyParity", "signRestore", "submitIdentity", "activateTarget",
                "verifyFromOutside",
            ],
            report.Steps.Select(step => step.Name));
        // The sandbox's own server said so, when it was asked by somebody else.
        Assert.Equal((true, lost.Account.Did), (seen.GetProperty("active").GetBoolean(), seen.GetProperty("did").GetString()));

        var (directory, server, pid) = world.Sandbox;
        Assert.Equal(new[] { directory.Authority, server.Authority }.Order(), world.Called);
        Assert.DoesNotContain(world.Lines, line => line.Contains("refused:", StringComparison.Ordinal));
        Assert.Equal(0, lost.Heard);
        Assert.Equal(operations, await lost.CountOperationsAsync(Cancel));
        Assert.Equal(attempts, await network.Plc.CountAttemptsAsync(lost.Account.Did, Cancel));
        Assert.Empty(Directory.EnumerateFileSystemEntries(world.WorkFolder));
        Assert.False(Lives(pid));
        Assert.Equal(report.Steps, DrillJson.Read(DrillJson.Write(report)).Steps);
    }

    [Theory]
    [InlineData("liars/record", DrillFindingKind.RecordChanged, "app.bsky.actor.profile/self")]
    [InlineData("liars/blob", DrillFindingKind.BlobDamaged, null)]
    public async Task What_the_server_makes_of_it_is_compared_and_named(string liar, DrillFindingKind kind, string? path)
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        await using var backups = await LiveBackups.StartAsync(network, Cancel);
        var snapshot = await backups.StoreAsync(account.Did, Cancel);
        await using var world = new DrillWorld(liar);

        var report = await world.Drill.RunAsync(world.Order(backups, snapshot.Name), null, Cancel);

        Assert.True(report.Outcome == DrillOutcome.Faulty, DrillWorld.Tell(report));
        var finding = Assert.Single(report.Findings);
        Assert.Equal(kind, finding.Kind);
        if (path is null)
        {
            Assert.Contains(finding.Cid, account.Blobs.Select(blob => blob.Cid));
            return;
        }
        Assert.Equal(path, finding.Path);
        // This one also tried to get out.
        Assert.Contains(world.Lines, line => line.Contains("refused: a connection to 192.0.2.1:80", StringComparison.Ordinal));
        Assert.Contains(world.Lines, line => line.Contains("refused: a question about _atproto.example.com", StringComparison.Ordinal));
    }

    /// <summary>So that the log is not a simple one: an operation by the server's key, struck out by the owner's stronger one.</summary>
    private static async Task OverruleServerAsync(RealNetwork network, LostAccount lost)
    {
        var did = Did.Parse(lost.Account.Did);
        static PlcOperationBody Rename(PlcOperationBody body) => body with { AlsoKnownAs = ["at://thief.example.com"] };
        await Identities.ChangeAsync(network, lost.Account.Did, lost.Server, Rename, Cancel);
        var first = PlcAuditLog.Replay(did, await network.Plc.GetAuditLogAsync(lost.Account.Did, Cancel)).Entries[0];
        var overruling = new PlcOperation(first.Operation.Body!, first.Cid).Sign(lost.Key);
        var (accepted, message) = await network.Plc.SubmitAsync(lost.Account.Did, overruling.ToJson(), Cancel);
        Assert.True(accepted, message);
        var history = PlcAuditLog.Replay(did, await network.Plc.GetAuditLogAsync(lost.Account.Did, Cancel));
        Assert.Equal((3, 2), (history.Entries.Count, history.Valid.Count));
    }

    /// <summary>Asks the sandbox's server for the account, as any stranger could who sits on this machine.</summary>
    private static JsonElement AskServer(DrillWorld world, string did)
    {
        using var client = new HttpClient();
        var address = new Uri(world.Sandbox.Server, $"/xrpc/com.atproto.sync.getRepoStatus?did={did}");
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        using var answer = client.Send(request, Cancel);
        using var body = answer.Content.ReadAsStream(Cancel);
        return JsonElement.Parse(new StreamReader(body).ReadToEnd());
    }

    private static bool Lives(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
