namespace Migrator.Core.Migrations.Steps;

/// <summary>
/// Copies pictures, videos and other files. After the import and never before: what is uploaded before its record is there
/// counts as present and is not served (protocol: listMissingBlobs).
/// </summary>
public sealed class CopyBlobsStep(Replicator replicator, BlobCopier copier) : IMigrationStep
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
            await ledger.RecordAsync(context.Lease,
                [.. unexplained.Select(blob => new BlobEntry(blob.Cid, BlobState.Needed, null, null, blob.RecordUri, null))], ct);
            return new StepOutcome.Retry(
                $"The new server still misses {unexplained.Count} blobs that were sent to it. They are sent again.");
        }

        if (BlobProblems.Ask(context, problems) is { } ask)
            return ask;
        var totals = await ledger.TotalsAsync(context.Id, ct);
        var left = problems.Count == 0 ? "" : $" {problems.Count} could not be copied; you agreed to go on without them.";
        return new StepOutcome.Done($"{totals.Copied:N0} files ({Bytes.Text(totals.BytesCopied)}) are on the new server.{left}");
    }
}
