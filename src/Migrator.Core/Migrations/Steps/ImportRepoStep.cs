namespace Migrator.Core.Migrations.Steps;

/// <summary>
/// Sends the verified export to the new server, which itself checks neither signature, identity nor tree (protocol: importRepo).
/// </summary>
public sealed class ImportRepoStep(Replicator replicator) : IMigrationStep
{
    public StepName Name => StepName.ImportRepo;

    public string Title => "Copy posts and records";

    public string Explanation => "Imports your posts, likes, follows, lists and everything else that apps stored, exactly as they are.";

    public Reversibility Reversibility => Reversibility.Repeatable;

    public Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct) => Task.FromResult<StepOutcome?>(null);

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        if (await replicator.RefreshAsync(context, Name, ct) is { } notRead)
            return notRead;
        if (await replicator.ImportAsync(context, Name, ct) is { } notSent)
            return notSent;
        return new StepOutcome.Done($"{context.Progress.Repo!.Records:N0} records are on the new server.");
    }
}
