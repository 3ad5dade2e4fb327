namespace Migrator.Core.Migrations.Steps;

/// <summary>
/// Switches the old account off, so that nothing is written there any more and then lost. Undone at once if a later step before
/// the operation is sent cannot go on (<see cref="ReactivateSourceStep"/>).
/// </summary>
public sealed class DeactivateSourceStep : IMigrationStep
{
    public StepName Name => StepName.DeactivateSource;

    public string Title => "Switch the old account off";

    public string Explanation =>
        "From here it takes seconds. If anything goes wrong before the identity is changed, the old account is switched on again.";

    public Reversibility Reversibility => Reversibility.Undoable;

    public async Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct)
    {
        if (context.Cutover.SourceDeactivatedAt is null)
            return null;
        var source = await context.Tools.SourceAsync(context, ct);
        var status = await source.GetRepoStatusAsync(context.Did, ct);
        return status is { IsOk: true, Value.Active: false } ? new StepOutcome.Done("The old account is off.") : null;
    }

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        // The mark comes first: whoever finds it after a crash knows what may have to be undone.
        context.Cutover = context.Cutover with { SourceDeactivatedAt = context.Now };
        await context.SaveAsync(ct);
        await context.ConfirmLeaseAsync(ct);
        var source = await context.Tools.SourceAsync(context, ct);
        var done = await source.DeactivateAccountAsync(ct);
        return done.IsOk
            ? new StepOutcome.Done($"The account on {source.Pds.Authority} is off: nothing more is written there.")
            : done.Error.ToOutcome(Side.Source, context.Now);
    }
}
