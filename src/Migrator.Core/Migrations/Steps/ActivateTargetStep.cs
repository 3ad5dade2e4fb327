namespace Migrator.Core.Migrations.Steps;

/// <summary>
/// Switches the new account on and writes one empty commit: until then the newest commit is the one that the old key signed,
/// which no one who reads the identity now could verify (protocol E, step 14).
/// </summary>
public sealed class ActivateTargetStep : IMigrationStep
{
    public StepName Name => StepName.ActivateTarget;

    public string Title => "Switch the new account on";

    public string Explanation => "Activates your account on the new server and has it sign your data with its own key.";

    public Reversibility Reversibility => Reversibility.Undoable;

    public Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct) => Task.FromResult<StepOutcome?>(null);

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        var target = context.Tools.Target(context);
        // Repeating it is harmless, and has mended accounts that looked active and were not seen by the network.
        var activated = await target.ActivateAccountAsync(ct);
        if (!activated.IsOk)
            return activated.Error.ToOutcomeWhileOff(Side.Target, context);
        context.Cutover = context.Cutover with { ActivatedAt = context.Cutover.ActivatedAt ?? context.Now };

        var status = await target.CheckAccountStatusAsync(ct);
        if (!status.IsOk)
            return status.Error.ToOutcomeWhileOff(Side.Target, context);
        if (status.Value.RepoCommit == context.Progress.Repo!.Commit)
        {
            var signed = await target.CreateEmptyCommitAsync(context.Did, ct);
            if (!signed.IsOk)
                return signed.Error.ToOutcomeWhileOff(Side.Target, context);
        }

        return new StepOutcome.Done($"Your account is active on {target.Pds.Authority}.");
    }
}
