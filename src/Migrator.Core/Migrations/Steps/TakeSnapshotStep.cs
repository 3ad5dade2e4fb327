namespace Migrator.Core.Migrations.Steps;

/// <summary>Makes sure that a verified copy of the repo is on this machine before anything is created or changed anywhere.</summary>
public sealed class TakeSnapshotStep(Replicator replicator) : IMigrationStep
{
    public StepName Name => StepName.TakeSnapshot;

    public string Title => "Keep a verified copy";

    public string Explanation => "Keeps the checked export of your posts in Migrator's data folder, readable by Migrator alone, until the move is finished.";

    public Reversibility Reversibility => Reversibility.Repeatable;

    public Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct) => Task.FromResult<StepOutcome?>(null);

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        if (await replicator.RefreshAsync(context, Name, ct) is { } trouble)
            return trouble;
        var repo = context.Progress.Repo!;
        return new StepOutcome.Done($"A verified copy of {repo.Records:N0} records ({Bytes.Text(repo.Bytes)}) is kept until the move is finished.");
    }
}
