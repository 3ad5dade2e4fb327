using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Migrations.Gathering;

namespace Migrator.Core.Migrations;

/// <summary>
/// Keeps a verified copy of the source repo in the workspace and brings the target up to it. Used by the first copy, by the
/// standby while the go is awaited, and by the catch-up in the cut: the same code, so that the cut does nothing for the first time.
/// Methods return null when all went well, else the outcome that the step should end with.
/// </summary>
public sealed class Replicator(Gatherer gatherer)
{
    /// <summary>After so many deltas the next export is a full one: layers cost memory and time.</summary>
    private const int MostFiles = 8;

    /// <summary>Makes the workspace's copy equal to the source's newest commit; nothing unverified is ever counted as a copy.</summary>
    public async Task<StepOutcome?> RefreshAsync(MigrationContext context, StepName step, CancellationToken ct)
    {
        var source = await SourceAsync(context, ct);
        var head = await source.ReadHeadAsync(ct);
        if (!head.IsOk)
            return head.Error.ToOutcome(Side.Source, context.Now);
        var had = context.Progress.Repo is { } repo && context.Workspace.Has(repo.Files) ? repo : null;
        if (had is not null && had.Commit == head.Value.Commit)
            return null;

        var keys = await SigningKeysAsync(context, ct);
        if (!keys.IsOk)
            return keys.Error.ToOutcome(Side.Directory, context.Now);
        var expectation = new RepoExpectation(context.Did, keys.Value);

        if (had is not null && had.Files.Count < MostFiles)
        {
            var delta = await ExportAsync(context, step, source, had, expectation, ct);
            // A delta may lack blocks that the base should have had (an old server with gaps): then everything is asked for.
            if (delta is not StepOutcome.NeedsPerson { Cause: HoldCause.Preflight })
                return delta;
        }

        return await ExportAsync(context, step, source, null, expectation, ct);
    }

    /// <summary>Opens the workspace's copy, verified again: bytes on a disk are checked where they are read.</summary>
    public async Task<XrpcResult<VerifiedRepo>> OpenCopyAsync(MigrationContext context, CancellationToken ct)
    {
        var keys = await SigningKeysAsync(context, ct);
        if (!keys.IsOk)
            return keys.Error;
        var files = context.Workspace.PathsOf(context.Progress.Repo!.Files);
        return XrpcResult.Ok(await RepoVerifier.VerifyFilesAsync(files, new RepoExpectation(context.Did, keys.Value), null, null, ct));
    }

    /// <summary>Brings the target's repo to the workspace's copy.</summary>
    public async Task<StepOutcome?> ImportAsync(MigrationContext context, StepName step, CancellationToken ct)
    {
        var copy = context.Progress.Repo!;
        var target = context.Tools.Target(context);
        var status = await target.CheckAccountStatusAsync(ct);
        if (!status.IsOk)
            return status.Error.ToOutcome(Side.Target, context.Now);
        if (status.Value.RepoCommit != copy.Commit)
        {
            if (status.Value.Activated)
            {
                return new StepOutcome.NeedsPerson(
                    HoldCause.TargetLimits,
                    $"The account on {target.Pds.Authority} is active already. Importing would replace what is written there, so Migrator "
                    + "does not.",
                    "Cancel this move. If the account was moved by another tool, use it where it is.");
            }

            if (await SendAsync(context, step, target, status.Value, ct) is { } trouble)
                return trouble;
            status = await target.CheckAccountStatusAsync(ct);
            if (!status.IsOk)
                return status.Error.ToOutcome(Side.Target, context.Now);
            if (status.Value.RepoCommit != copy.Commit)
                return new StepOutcome.Retry(
                    $"The new server ({target.Pds.Authority}) took the import but shows commit {status.Value.RepoCommit} instead of "
                    + $"{copy.Commit}.");
        }

        context.Progress = context.Progress with { Repo = context.Progress.Repo! with { ImportedCommit = copy.Commit } };
        return null;
    }

    /// <summary>Where the account is read from: the old server, or what was gathered for a restore.</summary>
    public async Task<IAccountSource> SourceAsync(MigrationContext context, CancellationToken ct) =>
        context.Request.Kind == MigrationKind.Restore
            ? await gatherer.OpenAsync(context, ct)
            : new LiveAccountSource(await context.Tools.SourceAsync(context, ct), context.Did);

    /// <summary>
    /// Keys that may have signed the source's newest commit: today's first, then older ones from the log (the head may predate a key
    /// change).
    /// </summary>
    public static async Task<XrpcResult<IReadOnlyList<PublicKey>>> SigningKeysAsync(MigrationContext context, CancellationToken ct)
    {
        if (context.Did.Method == "plc" && context.Request.Kind == MigrationKind.Restore)
        {
            // A backup may be older than the last change of key; a key that only an overruled operation named signs nothing here.
            var log = await context.Tools.Plc.GetHistoryAsync(context.Did, ct);
            return log.IsOk ? XrpcResult.Ok(RestoreIdentity.Effective(context.Request, log.Value).SigningKeysNewestFirst) : log.Error;
        }

        var now = PublicKey.ParseDidKey(context.Progress.Identity!.SigningKey);
        if (context.Did.Method != "plc")
            return XrpcResult.Ok<IReadOnlyList<PublicKey>>([now]);
        var history = await context.Tools.Plc.GetHistoryAsync(context.Did, ct);
        return history.IsOk
            ? XrpcResult.Ok<IReadOnlyList<PublicKey>>([now, .. history.Value.SigningKeysNewestFirst.Where(key => !key.Equals(now))])
            : history.Error;
    }

    private static async Task<StepOutcome?> ExportAsync(
        MigrationContext context, StepName step, IAccountSource source, RepoCopy? since, RepoExpectation expectation, CancellationToken ct)
    {
        var name = $"repo-{context.Now.ToUnixTimeMilliseconds()}.car";
        var opened = await source.OpenRepoAsync(since?.Rev, ct);
        if (!opened.IsOk)
            return opened.Error.ToOutcome(Side.Source, context.Now);
        IReadOnlyList<string> files = since is null ? [name] : [.. since.Files, name];
        try
        {
            var (received, cut) = await CarDownload.VerifyAsync(
                opened.Value, context.Workspace.Create(name), context.Workspace.PathsOf(since?.Files ?? []), expectation,
                context.Tools.Options.LargestRepo,
                bytes => context.ReportAsync(step, 0, null, bytes, null, ct), ct);
            if (cut is not null)
                return new StepOutcome.Retry($"The export from {source.Name} was cut off: {cut}");
            using var repo = received!;
            await context.Tools.Blobs.AddNeededAsync(
                context.Lease, [.. repo.Blobs.Select(blob => new BlobEntry(blob.Cid, BlobState.Needed, blob.Size, blob.MimeType, blob.FirstPath, null))], ct);
            await context.Tools.Blobs.KeepOnlyAsync(context.Lease, repo.Blobs.Select(blob => blob.Cid).ToHashSet(), ct);
            context.Progress = context.Progress with
            {
                Repo = new RepoCopy(
                    repo.Commit.Cid, repo.Commit.Data, repo.Commit.Rev.ToString(), repo.Records, repo.Blocks, repo.Bytes,
                    repo.RecordsByCollection.ToDictionary(), files, context.Progress.Repo?.ImportedCommit),
            };
        }
        catch (RepoFaultException fault)
            when (fault.Fault is RepoFault.CborTruncated or RepoFault.CarTruncated or RepoFault.CarEmpty or RepoFault.CommitMissing
            or RepoFault.BlockMissing or RepoFault.RecordMissing)
        {
            return since is null
                ? new StepOutcome.Retry($"The export from {source.Name} is not whole: {fault.Message}")
                : Refuse(source, fault);
        }
        catch (RepoFaultException fault)
        {
            return Refuse(source, fault);
        }

        await context.SaveAsync(ct);
        context.Workspace.KeepOnly([.. files, ParityFile.Name]);
        return null;
    }

    private static StepOutcome.NeedsPerson Refuse(IAccountSource source, RepoFaultException fault) => new(
        HoldCause.Preflight,
        $"The export from {source.Name} does not hold together: {fault.Message}",
        "Press Try again. If it stays like this, the old server's copy of the account is damaged: ask whoever runs it. Nothing was "
        + "imported.");

    private async Task<StepOutcome?> SendAsync(
        MigrationContext context, StepName step, PdsClient target, AccountStatus before, CancellationToken ct)
    {
        var copy = context.Progress.Repo!;
        if (copy.Files.Count > 1 && copy.ImportedCommit == before.RepoCommit && copy.ImportedCommit is not null)
        {
            // The target stands at the commit before the newest delta, or an older one: a delta that does not fit is refused whole.
            var delta = await ImportFileAsync(context, target, context.Workspace.PathOf(copy.Files[^1]), ct);
            if (delta.IsOk)
                return null;
        }

        if (copy.Files.Count == 1)
            return Explain(await ImportFileAsync(context, target, context.Workspace.PathOf(copy.Files[0]), ct), copy, context);

        using var repo = (await OpenCopyAsync(context, ct)) is { IsOk: true } opened ? opened.Value : null;
        if (repo is null)
            return new StepOutcome.Retry("The PLC directory could not be asked for the account's older keys.");
        const string whole = "import.car";
        await using (var file = context.Workspace.Create(whole))
            repo.WriteFullCar(file);
        await context.ReportAsync(step, 0, null, 0, copy.Bytes, ct);
        return Explain(await ImportFileAsync(context, target, context.Workspace.PathOf(whole), ct), copy, context);
    }

    private static async Task<XrpcResult<Nothing>> ImportFileAsync(
        MigrationContext context, PdsClient target, string path, CancellationToken ct)
    {
        await context.ConfirmLeaseAsync(ct);
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, useAsync: true);
        return await target.ImportRepoAsync(file, file.Length, ct);
    }

    private static StepOutcome? Explain(XrpcResult<Nothing> imported, RepoCopy copy, MigrationContext context)
    {
        if (imported.IsOk)
            return null;
        var error = imported.Error;
        if (error.Status == 413)
        {
            return new StepOutcome.NeedsPerson(
                HoldCause.TargetLimits,
                $"The new server ({error.Service.Authority}) does not take an import of {Bytes.Text(copy.Bytes)}.",
                "Whoever runs that server can raise PDS_MAX_REPO_IMPORT_SIZE (where it is not set, the blob limit counts). Then press Try "
                + "again, or cancel and choose another server.");
        }

        if (error.Failure == XrpcFailure.Refused && error.Message.Contains("import", StringComparison.OrdinalIgnoreCase))
        {
            return new StepOutcome.NeedsPerson(
                HoldCause.TargetLimits,
                $"The new server ({error.Service.Authority}) does not take imports: {error.Message}",
                "Ask whoever runs it to allow imports (PDS_ACCEPTING_REPO_IMPORTS), then press Try again, or cancel and choose another "
                + "server.");
        }

        return error.ToOutcome(Side.Target, context.Now);
    }
}
