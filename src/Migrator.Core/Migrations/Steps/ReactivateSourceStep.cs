namespace Migrator.Core.Migrations.Steps;

/// <summary>
/// Compensation: the cut-over stopped before the identity was changed, so the old account is switched on again.
/// Tried without an end to the tries that matter: an account that is off is worse than a job that is not finished.
/// </summary>
public sealed class ReactivateSourceStep : IMigrationStep
{
    public StepName Name => StepName.ReactivateSource;

    public string Title => "Switch the old account on again";

    public string Explanation => "The cut-over could not go on, so your old account is switched on again.";

    public Reversibility Reversibility => Reversibility.Repeatable;

    public Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct) => Task.FromResult<StepOutcome?>(null);

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        // A reply that was lost may have hidden a success: if the directory took the operation after all, there is no way but forward.
        if (context.Cutover is { Operation: { } operation, SubmittedAt: not null })
        {
            var history = await context.Tools.Plc.GetHistoryAsync(context.Did, ct);
            if (!history.IsOk)
                return history.Error.ToOutcome(Side.Directory, context.Now) is StepOutcome.Wait wait
                    ? wait
                    : Again(context, "The PLC directory cannot be asked.");
            if (history.Value.Head.Cid == operation.Cid)
            {
                context.Progress = context.Progress with { Compensating = null, Step = StepName.SubmitIdentity, Hold = null };
                return new StepOutcome.Wait(context.Now, "The directory has taken the operation after all: the move goes on.");
            }
        }

        var source = await context.Tools.SourceAsync(context, ct);
        await context.ConfirmLeaseAsync(ct);
        var done = await source.ActivateAccountAsync(ct);
        if (!done.IsOk)
        {
            return done.Error.ToOutcome(Side.Source, context.Now) switch
            {
                StepOutcome.Wait wait => wait,
                StepOutcome.NeedsPerson { Cause: HoldCause.SourceSignIn } ask => ask,
                _ => Again(context, $"{source.Pds.Authority} did not switch the old account on again: {done.Error.Message}"),
            };
        }

        context.Cutover = context.Cutover with { SourceDeactivatedAt = null, SubmittedAt = null };
        return new StepOutcome.Done($"The account on {source.Pds.Authority} is on again.");
    }

    private static StepOutcome.Wait Again(MigrationContext context, string reason)
    {
        var pause = TimeSpan.FromSeconds(Math.Min(60, 2 << Math.Min(context.Progress.Attempt, 5)));
        return new StepOutcome.Wait(context.Now + pause, $"{reason} It is tried again.");
    }
}
