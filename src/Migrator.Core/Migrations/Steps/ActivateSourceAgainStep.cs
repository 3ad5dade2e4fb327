namespace Migrator.Core.Migrations.Steps;

/// <summary>The way back: the identity names the old server again, so it lets the account be switched on.</summary>
public sealed class ActivateSourceAgainStep : IMigrationStep
{
    public StepName Name => StepName.ActivateSourceAgain;

    public string Title => "Switch the old account on";

    public string Explanation => "Activates your account on the old server. What you wrote on the new server since the move stays there.";

    public Reversibility Reversibility => Reversibility.Repeatable;

    public Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct) => Task.FromResult<StepOutcome?>(null);

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        var source = await context.Tools.SourceAsync(context, ct);
        await context.ConfirmLeaseAsync(ct);
        var done = await source.ActivateAccountAsync(ct);
        return done.IsOk
            ? new StepOutcome.Done($"The account on {source.Pds.Authority} is on again.")
            : done.Error.ToOutcomeWhileOff(Side.Source, context);
    }
}
