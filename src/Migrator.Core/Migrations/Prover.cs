using System.Collections.Concurrent;
using System.Text.Json;
using Migrator.Core.Accounts;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Net;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Parity;

namespace Migrator.Core.Migrations;

/// <summary>
/// Proves that the target holds what the source holds: downloads the target's repo, verifies it and compares it record by record,
/// reads every blob back and hashes it, compares the preferences. The same proof before the cut and inside it.
/// </summary>
public sealed class Prover(Replicator replicator)
{
    /// <summary>Null when the accounts are equal (but for what was accepted by name); the report is in the workspace either way.</summary>
    public async Task<StepOutcome?> ProveAsync(MigrationContext context, StepName step, CancellationToken ct)
    {
        if (await ReadBlobsBackAsync(context, step, ct) is { } blobTrouble)
            return blobTrouble;

        var copy = await replicator.OpenCopyAsync(context, ct);
        if (!copy.IsOk)
            return copy.Error.ToOutcome(Side.Directory, context.Now);
        using var source = copy.Value;
        var (target, repoTrouble) = await OpenTargetRepoAsync(context, step, source, ct);
        if (target is null)
            return repoTrouble;
        RecordParity records;
        ParitySide targetSide;
        using (target)
        {
            records = ParityChecker.Compare(source, target);
            targetSide = new ParitySide(context.Request.Target!.Pds, target.Commit.Cid, target.Commit.Data, target.Commit.Rev.ToString());
        }

        var (preferences, notRead) = await PreferencesAsync(context, ct);
        if (preferences is null)
            return notRead;
        var report = new ParityReport
        {
            Did = context.Did,
            At = context.Now,
            Source = new ParitySide(context.Progress.Identity!.Pds, source.Commit.Cid, source.Commit.Data, source.Commit.Rev.ToString()),
            Target = targetSide,
            Records = records,
            Blobs = await BlobParityAsync(context, ct),
            Preferences = preferences,
        };
        await ParityFile.WriteAsync(context.Workspace, report, ct);
        context.Progress = context.Progress with { Parity = ParityFile.Summarize(report) };
        return report.Equal ? null : Differ(report);
    }

    public static async Task<BlobParity> BlobParityAsync(MigrationContext context, CancellationToken ct)
    {
        var all = await context.Tools.Blobs.ListAsync(context.Id, null, ct);
        var proven = all.Where(blob => blob.State == BlobState.Proven).ToList();
        return new BlobParity(
            all.Count,
            proven.Count,
            proven.Sum(blob => blob.Size ?? 0),
            [
                .. all.Where(blob => blob.State != BlobState.Proven).Select(blob => new BlobDifference(
                    blob.Cid, BlobProblems.Describe(blob), blob.UsedBy, context.Request.AcceptedMissing.Contains(blob.Cid))),
            ]);
    }

    /// <summary>Reads one blob from the target and hashes it. A blob that is "present" and not served is what this is for.</summary>
    private static async Task<StepOutcome?> ReadBlobsBackAsync(MigrationContext context, StepName step, CancellationToken ct)
    {
        var tools = context.Tools;
        var copied = await tools.Blobs.ListAsync(context.Id, BlobState.Copied, ct);
        if (copied.Count == 0)
            return null;
        var target = new LiveAccountSource(tools.Target(context), context.Did);
        var results = new ConcurrentBag<BlobEntry>();
        StepOutcome? stopped = null;
        long done = 0;
        long bytes = 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        try
        {
            await Parallel.ForEachAsync(
                copied,
                new ParallelOptions { MaxDegreeOfParallelism = tools.Options.BlobsAtOnce, CancellationToken = stop.Token },
                async (blob, token) =>
                {
                    var (entry, trouble) = await ReadBackAsync(context, target, blob, token);
                    if (trouble is not null)
                    {
                        Interlocked.CompareExchange(ref stopped, trouble, null);
                        await stop.CancelAsync();
                        return;
                    }

                    results.Add(entry!);
                    await context.ReportAsync(step, Interlocked.Increment(ref done), copied.Count,
                        Interlocked.Add(ref bytes, entry!.Size ?? 0), null, token);
                });
        }
        catch (OperationCanceledException) when (stopped is not null && !ct.IsCancellationRequested)
        {
            // Ended by one of the reads; what it said is returned below.
        }
        finally
        {
            await tools.Blobs.RecordAsync(context.Lease, [.. results], CancellationToken.None);
        }

        var unserved = results.Count(blob => blob.State == BlobState.Needed);
        return stopped ?? (unserved == 0
            ? null
            : new StepOutcome.NeedsPerson(
                HoldCause.Parity,
                $"The new server does not serve {unserved} of the files that were sent to it, or serves other bytes.",
                "Press Try again: they are sent once more.",
                BackTo: StepName.CopyBlobs));
    }

    private static async Task<(BlobEntry? Entry, StepOutcome? Trouble)> ReadBackAsync(
        MigrationContext context, LiveAccountSource target, BlobEntry blob, CancellationToken ct)
    {
        var opened = await target.OpenBlobAsync(blob.Cid, ct);
        if (!opened.IsOk)
        {
            return opened.Error.Failure == XrpcFailure.Refused
                ? (blob with { State = BlobState.Needed, Reason = opened.Error.Message }, null)
                : (null, opened.Error.ToOutcome(Side.Target, context.Now));
        }

        await using var body = opened.Value;
        using var bytes = new CheckedBlobStream(body.Stream, blob.Cid);
        try
        {
            await bytes.DrainAsync(ct);
            return (blob with { State = BlobState.Proven, Size = bytes.BytesRead }, null);
        }
        catch (BlobMismatchException problem)
        {
            return (blob with { State = BlobState.Needed, Reason = problem.Message }, null);
        }
        catch (Exception problem) when (problem is HttpRequestException or NetworkLimitException or IOException)
        {
            return (null, new StepOutcome.Retry($"Reading blob {blob.Cid} back from {target.Name} was cut off: {problem.Message}"));
        }
    }

    private static async Task<(VerifiedRepo? Repo, StepOutcome? Trouble)> OpenTargetRepoAsync(
        MigrationContext context, StepName step, VerifiedRepo source, CancellationToken ct)
    {
        const string name = "target.car";
        var target = new LiveAccountSource(context.Tools.Target(context), context.Did);
        var opened = await target.OpenRepoAsync(null, ct);
        if (!opened.IsOk)
            return (null, opened.Error.ToOutcome(Side.Target, context.Now));
        try
        {
            // Before the activation the target still shows the commit that the old server signed.
            var expectation = new RepoExpectation(context.Did, [source.Commit.SignedBy]);
            var (repo, cut) = await CarDownload.VerifyAsync(
                opened.Value, context.Workspace.Create(name), [], expectation, context.Tools.Options.LargestRepo,
                bytes => context.ReportAsync(step, 0, null, bytes, null, ct), ct);
            return cut is null
                ? (repo, null)
                : (null, new StepOutcome.Retry($"Reading the repo back from {target.Name} was cut off: {cut}"));
        }
        catch (RepoFaultException fault)
        {
            return (null, new StepOutcome.NeedsPerson(
                HoldCause.Parity,
                $"What {target.Name} now holds does not verify: {fault.Message}",
                "Press Try again: the import is repeated. Nothing was changed on the old server.",
                BackTo: StepName.ImportRepo));
        }
    }

    /// <summary>What was last read from the source beside what the target gives out now.</summary>
    private static async Task<(PreferencesParity? Parity, StepOutcome? Trouble)> PreferencesAsync(MigrationContext context, CancellationToken ct)
    {
        if (context.Progress.Preferences is not { Supported: true } copied)
            return (new PreferencesParity(false, true, 0, null, null), null);
        var (there, trouble) = await PreferencesCopier.ReadBackAsync(context, ct);
        return there is null
            ? (null, trouble)
            : (new PreferencesParity(true, there == copied.CanonicalSha256, copied.Count, copied.CanonicalSha256, there), null);
    }

    private static StepOutcome.NeedsPerson Differ(ParityReport report) => new(
        HoldCause.Parity,
        $"The accounts are not equal yet: {report.Records.Missing.Count} records missing, {report.Records.Extra.Count} extra, "
        + $"{report.Records.Changed.Count} changed, {report.Blobs.Problems.Count(problem => !problem.Accepted)} files not there"
        + $"{(report.Preferences.Equal ? "" : ", and the settings of your apps differ")}.",
        "Press Try again: what differs is copied once more. The report lists each record and file.",
        [.. report.Records.Missing.Take(20).Select(record => $"missing: {record.Path}"),
            .. report.Records.Changed.Take(20).Select(record => $"changed: {record.Path}")],
        BackTo: StepName.ImportRepo);
}
