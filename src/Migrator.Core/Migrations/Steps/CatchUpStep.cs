namespace Migrator.Core.Migrations.Steps;

/// <summary>The last difference, read as the owner while the old account is switched off: nothing can be written after it.</summary>
public sealed class CatchUpStep(Standby standby) : IMigrationStep
{
    public StepName Name => StepName.CatchUp;

    public string Title => "Copy the last posts";

    public string Explanation => "Copies what was written up to the moment the old account was switched off.";

    public Reversibility Reversibility => Reversibility.Repeatable;

    public Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct) => Task.FromResult<StepOutcome?>(null);

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct) =>
        await standby.CatchUpAsync(context, Name, prove: false, ct)
            ?? new StepOutcome.Done($"Up to date at rev {context.Progress.Repo!.Rev}.");
}
