namespace Migrator.Core.Migrations;

/// <summary>Brings the target up to the source's newest commit and proves it again, if there is anything new.</summary>
public sealed class Standby(Replicator replicator, BlobCopier copier, PreferencesCopier preferences, Prover prover)
{
    public async Task<StepOutcome?> CatchUpAsync(MigrationContext context, StepName step, bool prove, CancellationToken ct)
    {
        var before = context.Progress.Repo?.ImportedCommit;
        if (await replicator.RefreshAsync(context, step, ct) is { } notRead)
            return notRead;
        if (await replicator.ImportAsync(context, step, ct) is { } notSent)
            return notSent;
        if (await copier.CopyAsync(context, step, await replicator.SourceAsync(context, ct), ct) is { } notCopied)
            return notCopied;
        if (BlobProblems.Ask(context, await BlobProblems.ListAsync(context, ct)) is { } ask)
            return ask with { BackTo = StepName.CopyBlobs };
        if (context.Progress.Preferences is { Supported: true })
        {
            var (notSet, note) = await preferences.CopyAsync(context, ct);
            // Settings that the old server gave once and refuses now stay as they were copied: that is no reason to stop.
            if (notSet is not null and not StepOutcome.NeedsPerson { Cause: HoldCause.ServerTrouble })
                return notSet;
            if (note is not null)
                context.Tell(step, note);
        }

        if (!prove || (before == context.Progress.Repo!.Commit && context.Progress.Parity is { Equal: true }))
            return null;
        return await prover.ProveAsync(context, step, ct);
    }
}
