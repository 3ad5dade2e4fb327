using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Migrations.Gathering;

namespace Migrator.Core.Migrations.Steps;

/// <summary>
/// Copies pictures, videos and other files. After the import and never before: what is uploaded before its record is there
/// counts as present and is not served (protocol: listMissingBlobs).
/// </summary>
public sealed class CopyBlobsStep(Replicator replicator, BlobCopier copier, Gatherer gatherer) : IMigrationStep
{
    public StepName Name => StepName.CopyBlobs;

    public string Title => "Copy pictures and files";

    public string Explanation =>
        "Copies every picture, video and file that your records use, and checks each against its fingerprint on the way.";

    public Reversibility Reversibility => Reversibility.Repeatable;

    public Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct) => Task.FromResult<StepOutcome?>(null);

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        var ledger = context.Tools.Blobs;
        await BlobProblems.LookAgainAsync(context, ct);
        if (await copier.CopyAsync(context, Name, await replicator.SourceAsync(context, ct), ct) is { } trouble)
            return trouble;

        // The target's own word, besides our ledger: what it misses is needed, whatever we believe to have sent.
        var missing = await context.Tools.Target(context).ListMissingBlobsAsync(ct);
        if (!missing.IsOk)
            return missing.Error.ToOutcome(Side.Target, context.Now);
        var problems = await BlobProblems.ListAsync(context, ct);
        var unexplained = missing.Value.Where(blob => problems.All(problem => problem.Cid != blob.Cid)).ToList();
        if (unexplained.Count > 0)
        {
            var (living, notRead) = await OfLivingRecordsAsync(context, unexplained, ct);
            if (living is null)
                return notRead!;
            unexplained = living;
        }

        if (unexplained.Count > 0)
        {
            await ledger.RecordAsync(context.Lease, [.. unexplained.Select(blob => new BlobEntry(blob.Cid, BlobState.Needed, null, null, blob.RecordUri, null))], ct);
            return new StepOutcome.Retry($"The new server still misses {unexplained.Count} blobs that were sent to it. They are sent again.");
        }

        if (BlobProblems.Ask(context, problems) is { } ask)
        {
            return (context.Request.Kind == MigrationKind.Restore
                ? await LookIntoTheSourcesAgainAsync(context, problems, ct)
                : await LookAtTheRepoAgainAsync(context, ct)) ?? ask;
        }

        var totals = await ledger.TotalsAsync(context.Id, ct);
        var left = problems.Count == 0 ? "" : $" {problems.Count} could not be copied; you agreed to go on without them.";
        return new StepOutcome.Done($"{totals.Copied:N0} files ({Bytes.Text(totals.BytesCopied)}) are on the new server.{left}");
    }

    /// <summary>
    /// A server goes on missing the files of records that a later import deleted (seen with the reference PDS). Only what a record of
    /// the account refers to is needed.
    /// </summary>
    private async Task<(List<MissingBlob>? Living, StepOutcome? Trouble)> OfLivingRecordsAsync(
        MigrationContext context, List<MissingBlob> missing, CancellationToken ct)
    {
        var known = (await context.Tools.Blobs.ListAsync(context.Id, null, ct)).Select(blob => blob.Cid).ToHashSet();
        if (missing.All(blob => known.Contains(blob.Cid)))
            return (missing, null);
        var copy = await replicator.OpenCopyAsync(context, ct);
        if (!copy.IsOk)
            return (null, copy.Error.ToOutcome(Side.Directory, context.Now));
        using var repo = copy.Value;
        return ([.. missing.Where(blob => known.Contains(blob.Cid) || Holds(repo, blob.RecordUri))], null);
    }

    private static bool Holds(VerifiedRepo repo, string recordUri)
    {
        // A server that names no record is believed: better one file too many.
        if (!AtUri.TryParse(recordUri, out var uri) || uri.Collection is not { } collection || uri.RecordKey is not { } key)
            return true;
        var path = $"{collection}/{key}";
        return repo.EnumerateRecordsFrom(path).FirstOrDefault().Path == path;
    }

    /// <summary>
    /// Before anyone is asked about lost files: a copy can take days, and with a post that was deleted meanwhile its picture goes too.
    /// Nobody misses that one. Null when the account is still as it was copied.
    /// </summary>
    private async Task<StepOutcome?> LookAtTheRepoAgainAsync(MigrationContext context, CancellationToken ct)
    {
        var copied = context.Progress.Repo!.Commit;
        if (await replicator.RefreshAsync(context, Name, ct) is { } notRead)
            return notRead;
        if (context.Progress.Repo!.Commit == copied)
            return null;
        return await replicator.ImportAsync(context, Name, ct)
            ?? new StepOutcome.Wait(context.Now, "The account has changed meanwhile: what is new is copied too.");
    }

    /// <summary>A restore: its owner may have named another backup since. Null when none of what is named holds any of them.</summary>
    private async Task<StepOutcome?> LookIntoTheSourcesAgainAsync(
        MigrationContext context, IReadOnlyList<BlobEntry> problems, CancellationToken ct)
    {
        var lost = problems.Where(blob => blob.State is BlobState.MissingAtSource or BlobState.DamagedAtSource).ToList();
        var (found, trouble) = await gatherer.FindMoreAsync(context, lost, ct);
        return trouble ?? (found > 0 ? new StepOutcome.Retry($"{found} of the files were found in another of the sources; they are copied from there.") : null);
    }
}
