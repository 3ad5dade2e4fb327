namespace Migrator.Core.Migrations.Steps;

/// <summary>
/// Makes sure that a verified copy of the repo is on this machine before anything is created or changed anywhere; and where the owner
/// has set up backups, that a sealed one of everything was made as well.
/// </summary>
public sealed class TakeSnapshotStep(Replicator replicator, ISealedBackups backups) : IMigrationStep
{
    /// <summary>A backup so shortly before the start is as good as one after it: what comes later is copied anyway.</summary>
    private static readonly TimeSpan FreshEnough = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan LookAgainAfterTrouble = TimeSpan.FromSeconds(10);

    public StepName Name => StepName.TakeSnapshot;

    public string Title => "Keep a verified copy";

    public string Explanation =>
        "Keeps the checked export of your posts in Migrator's data folder, readable by Migrator alone, until the move is finished. "
        + "If you have set up backups of this account, a sealed one is made first.";

    public Reversibility Reversibility => Reversibility.Repeatable;

    public Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct) => Task.FromResult<StepOutcome?>(null);

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        if (await replicator.RefreshAsync(context, Name, ct) is { } trouble)
            return trouble;
        var repo = context.Progress.Repo!;
        var kept = $"A verified copy of {repo.Records:N0} records ({Bytes.Text(repo.Bytes)}) is kept until the move is finished.";
        var since = (context.Request.StartedAt ?? context.Now) - FreshEnough;
        return await backups.BringUpToDateAsync(context.Owner, context.Did, since, ct) switch
        {
            null => new StepOutcome.Done(kept),
            { MadeAt: { } at } backup =>
                new StepOutcome.Done($"{kept} A sealed backup of everything was made at {at.UtcDateTime:HH:mm} UTC (\"{backup.Plan}\")."),
            { Problem: { } problem } backup => new StepOutcome.NeedsPerson(
                HoldCause.LocalTrouble,
                $"The backup that your plan \"{backup.Plan}\" makes before a move could not be made: {problem}",
                "Put it right under Backups; the plan tries again by itself, and the move then goes on. To move without a backup, pause "
                + "the plan. Nothing was changed so far.",
                LookAgain: LookAgainAfterTrouble),
            var backup =>
                new StepOutcome.Wait(context.Now + LookAgainAfter,
                    $"A sealed backup of your account is being made first (\"{backup.Plan}\")."),
        };
    }
}
