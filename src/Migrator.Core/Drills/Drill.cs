using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Migrator.Core.Backups;
using Migrator.Core.Migrations;
using Migrator.Core.Vaults;

namespace Migrator.Core.Drills;

/// <inheritdoc/>
/// <param name="sandboxes">Says whether there is a sandbox.</param>
/// <param name="options">How it is started.</param>
/// <param name="time">The clock.</param>
/// <param name="logs">For this, and for the steps of the restore.</param>
public sealed class Drill(ISandboxFinder sandboxes, IOptions<SandboxOptions> options, TimeProvider time, ILoggerFactory logs) : IDrill
{
    private const string ProofFolder = "proof";
    private const string RestoreFolder = "restore";
    private const string DataFolder = "sandbox";

    /// <summary>What stays free on the disk, for everybody else.</summary>
    private const long Reserve = 500_000_000;

    private readonly ILogger _log = logs.CreateLogger<Drill>();

    public async Task<DrillReport> RunAsync(DrillOrder order, IProgress<DrillProgress>? progress, CancellationToken ct)
    {
        var story = new DrillStory(order, time, progress);
        var report = await RunAsync(order, story, progress, ct).ConfigureAwait(false);
        if (report.Trouble is { } trouble) Log.NotProven(_log, report.Snapshot, trouble);
        Log.Ended(_log, report.Snapshot, report.Outcome, report.Depth, report.Findings.Count);
        return report;
    }

    public void Sweep(string workFolder) => DrillFolder.Sweep(workFolder, _log);

    private async Task<DrillReport> RunAsync(DrillOrder order, DrillStory story, IProgress<DrillProgress>? progress, CancellationToken ct)
    {
        try
        {
            using var folder = DrillFolder.Create(order.WorkFolder);
            var (snapshot, ended) = await ProveFilesAsync(order, folder, story, ct).ConfigureAwait(false);
            using (snapshot)
                return ended ?? await RestoreAsync(snapshot!, folder, story, progress, ct).ConfigureAwait(false);
        }
        catch (VaultException problem)
        {
            return story.NotProven($"The vault {order.Vault.Name} could not be read to the end: {problem.Message}");
        }
        catch (SnapshotFaultException fault)
        {
            return story.Faulty([DrillFindings.OfSnapshot(fault)], "The snapshot changed while it was read, so it was not restored.");
        }
        catch (SandboxException problem)
        {
            return story.NotProven(problem.Message);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return story.NotProven($"The folder for drills on this machine could not be written or read: {problem.Message}");
        }
    }

    private static async Task<(OpenedSnapshot? Snapshot, DrillReport? Ended)> ProveFilesAsync(
        DrillOrder order, DrillFolder folder, DrillStory story, CancellationToken ct)
    {
        const string step = "open", title = "Open and prove every part";
        story.Begin(step, title);
        var place = folder.Subfolder(ProofFolder);
        var proof = await FilesProof.MakeAsync(order, place, ct).ConfigureAwait(false);
        DrillFolder.Empty(place);
        if (proof.Snapshot is not { } snapshot)
            return (null, story.Faulty(proof.Findings, "The snapshot does not open, so it was not restored."));
        story.Know(snapshot.Manifest);
        story.Reach(DrillDepth.Files, proof.Counts);
        if (proof.Findings.Count > 0)
        {
            story.Add(step, title, $"{proof.Findings.Count} things are wrong.");
            return (null, story.Faulty(proof.Findings, "The snapshot is not whole, so it was not restored."));
        }
        var counts = proof.Counts;
        var what = $"{counts.Records:N0} records and {counts.Blobs:N0} files ({Bytes.Text(counts.BlobBytes)})";
        story.Add(step, title, $"{what} opened, every fingerprint and signature good.");
        return order.Deepest < DrillDepth.Sandbox ? (null, story.Proven("It was asked for no deeper.")) : (snapshot, null);
    }

    private async Task<DrillReport> RestoreAsync(
        OpenedSnapshot snapshot, DrillFolder folder, DrillStory story, IProgress<DrillProgress>? progress, CancellationToken ct)
    {
        const string step = "sandbox", title = "Start servers to restore into";
        if (DrillIdentity.WhyNot(snapshot) is { } reason) return story.Proven(reason);
        story.Begin(step, title);
        var place = await sandboxes.FindAsync(ct).ConfigureAwait(false);
        if (!place.IsThere) return story.Proven(place.Text);
        if (TooFull(snapshot, folder) is { } full) return story.NotProven(full);
        using var identity = DrillIdentity.Make(snapshot, time.GetUtcNow());
        var order = new SandboxOrder(Path.Combine(folder.Path, DataFolder), snapshot.Manifest.Did.ToString(), identity.Log);
        var sandbox = await SandboxProcess.StartAsync(place.Folder!, options.Value, order, time, _log, ct).ConfigureAwait(false);
        await using (sandbox.ConfigureAwait(false))
        {
            story.Add(step, title, "A PLC directory and a PDS of their own, reachable from this machine alone.");
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, sandbox.Ended);
            try
            {
                var run = new RestoreRun(time, logs, folder.Subfolder(RestoreFolder), progress);
                var end = await run.RunAsync(snapshot, identity, sandbox.Facts, either.Token).ConfigureAwait(false);
                return Judge(snapshot, end, story);
            }
            catch (OperationCanceledException) when (sandbox.Ended.IsCancellationRequested && !ct.IsCancellationRequested)
            {
                throw new SandboxException($"The servers that it was restored into broke off. {sandbox.LastWords}");
            }
        }
    }

    private static DrillReport Judge(OpenedSnapshot snapshot, RestoreEnd end, DrillStory story)
    {
        story.Add(end.Steps);
        var (progress, parity) = (end.Progress, end.Parity);
        List<DrillFinding> findings = [.. parity is null ? [] : DrillFindings.OfParity(parity)];
        if (progress.State is MigrationState.Completed or MigrationState.CompletedWithRemarks && parity is not null)
        {
            if (snapshot.Preferences is not null && !parity.Preferences.Checked)
                findings.Add(new DrillFinding(DrillFindingKind.Preferences, "The app settings in the snapshot could not be restored."));
            var manifest = snapshot.Manifest;
            story.Reach(DrillDepth.Sandbox, new DrillCounts(
                parity.Records.Equal, manifest.Repo.Records.Values.Sum(),
                parity.Blobs.Proven, manifest.Blobs.Count, manifest.Blobs.Absent, parity.Blobs.Bytes));
            return findings.Count == 0 && parity.Equal ? story.Proven(null) : story.Faulty(findings, null);
        }
        var hold = progress.Hold;
        var details = string.Join(" ", hold?.Details?.Take(5) ?? []);
        var reason = $"The restore did not come to its end at \"{progress.Step}\". {hold?.Message} {details}".Trim();
        if (hold?.Cause is not (HoldCause.Parity or HoldCause.MissingBlobs)) return story.NotProven(reason);
        // What the server was given was proven; what it gave back is not that.
        findings.AddRange(DrillFindings.OfBlobs(end.Blobs).Where(found => findings.All(known => known.Cid != found.Cid)));
        if (findings.Count == 0) findings.Add(new DrillFinding(DrillFindingKind.Contradiction, hold.Message));
        return story.Faulty(findings, reason);
    }

    /// <summary>
    /// The repo lies on the disk unsealed, gathered, copied, read back from the server twice, and in the server's own store; blobs only
    /// there.
    /// </summary>
    private static string? TooFull(OpenedSnapshot snapshot, DrillFolder folder)
    {
        var manifest = snapshot.Manifest;
        var needed = (manifest.Repo.Bytes * 6) + manifest.Blobs.Bytes + Reserve;
        var free = new DriveInfo(folder.Path).AvailableFreeSpace;
        return free >= needed
            ? null
            : $"The disk that drills work on has {Bytes.Text(free)} free; restoring this snapshot takes {Bytes.Text(needed)}.";
    }
}
