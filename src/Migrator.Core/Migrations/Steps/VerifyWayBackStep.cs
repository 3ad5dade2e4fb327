namespace Migrator.Core.Migrations.Steps;

/// <summary>Looks from outside whether the account lives on the old server again.</summary>
public sealed class VerifyWayBackStep : IMigrationStep
{
    public StepName Name => StepName.VerifyWayBack;

    public string Title => "Look at it from outside";

    public string Explanation => "Checks that the identity, its key and the old server agree again.";

    public Reversibility Reversibility => Reversibility.Repeatable;

    public Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct) => Task.FromResult<StepOutcome?>(null);

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        var facts = context.Progress.Identity!;
        var resolved = await context.Tools.Identities.ResolveAsync(context.Did.ToString(), ct);
        if (resolved.Identity is not { } identity)
            return new StepOutcome.Retry(resolved.Message);
        if (identity.Pds != facts.Pds || identity.Document.SigningKey?.DidKey != facts.SigningKey)
            return new StepOutcome.Retry($"The identity still names {identity.Pds.Authority}.");
        var status = await context.Tools.Servers.Anonymous(facts.Pds).GetRepoStatusAsync(context.Did, ct);
        if (!status.IsOk)
            return status.Error.ToOutcome(Side.Source, context.Now);
        return status.Value.Active
            ? new StepOutcome.Done($"Your account lives on {facts.Pds.Authority} again.")
            : new StepOutcome.Retry($"{facts.Pds.Authority} does not show the account as active yet.");
    }
}
