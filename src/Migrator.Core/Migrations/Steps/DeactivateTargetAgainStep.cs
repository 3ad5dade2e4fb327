using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Migrations.Steps;

/// <summary>The way back, first: switch the new account off, so that it is not written to while the identity leaves it.</summary>
public sealed class DeactivateTargetAgainStep : IMigrationStep
{
    public StepName Name => StepName.DeactivateTargetAgain;

    public string Title => "Switch the new account off";

    public string Explanation =>
        "Done only if you gave its password; otherwise it is left as it is, and the identity no longer points at it.";

    public Reversibility Reversibility => Reversibility.Undoable;

    public async Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct) =>
        await context.Tools.Secrets.ReadAsync(context.Id, SecretName.TargetTokens, ct) is null
            ? new StepOutcome.Done("No sign-in to the new server was given: its account is left as it is.")
            : null;

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        var target = context.Tools.Target(context);
        await context.ConfirmLeaseAsync(ct);
        var done = await target.DeactivateAccountAsync(ct);
        if (done.IsOk)
            return new StepOutcome.Done($"The account on {target.Pds.Authority} is off.");

        // The new server may be the very reason for going back: its refusal must not stop anyone.
        return done.Error.Failure is XrpcFailure.Throttled
            ? done.Error.ToOutcome(Side.Target, context.Now)
            : new StepOutcome.Done(
                $"{target.Pds.Authority} did not switch its account off ({done.Error.Message}). The identity leaves it all the same.");
    }
}
