namespace Migrator.Core.Migrations.Steps;

/// <summary>
/// Warm standby: everything is copied; new posts are copied as they come, so that the cut is short. The person says when.
/// </summary>
public sealed class AwaitGoStep(Standby standby) : IMigrationStep
{
    public StepName Name => StepName.AwaitGo;

    public string Title => "Wait for your go";

    public string Explanation => "Everything is copied. New posts keep being copied until you say go. Not now is safe.";

    public Reversibility Reversibility => Reversibility.Repeatable;

    public Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct) => Task.FromResult<StepOutcome?>(null);

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        if (context.Request.Go is { } go && go.Number > context.Cutover.GoTaken)
        {
            if (context.Did.Method == "plc" && context.Request.RecoveryKey is not { IsReady: true })
            {
                return new StepOutcome.NeedsPerson(
                    HoldCause.RecoveryKey,
                    "A recovery key is needed first: with it you can take your account back whatever any server does.",
                    "Bring the did:key of a rotation key of your own, or let Migrator make one and prove that you kept it. Then say go "
                    + "again.");
            }

            context.Cutover = context.Cutover with { GoTaken = go.Number };
            return new StepOutcome.Done("You gave the go.");
        }

        if (await standby.CatchUpAsync(context, Name, prove: true, ct) is { } trouble)
            return trouble;
        if (context.Did.Method == "plc")
        {
            var (history, moved) = await IdentityChange.ReadAsync(context, ct);
            if (history is null)
                return moved!;
            if (history.Head.Cid == context.Cutover.Operation?.Cid)
                return GoOn(context);
            context.Cutover = context.Cutover with { Planned = IdentityChange.Preview(context.Request, context.Progress, history) };
        }

        return new StepOutcome.NeedsPerson(
            HoldCause.Go,
            "Everything is copied and proven. Your account still lives on the old server.",
            "Look at the report, then say go when you like. New posts keep being copied meanwhile.",
            LookAgain: context.Tools.Options.StandbyEvery);
    }

    /// <summary>
    /// An operation of ours was on its way longer than anyone waited, and the directory took it after the cut had been taken back. The
    /// identity names the new server, so the cut is made now.
    /// </summary>
    private static StepOutcome.Wait GoOn(MigrationContext context)
    {
        context.Cutover = context.Cutover with { SubmittedAt = context.Now };
        context.Progress = context.Progress with { Step = StepName.DeactivateSource, Hold = null };
        return new StepOutcome.Wait(context.Now, "The directory has taken the change of identity after all: the move goes on.");
    }
}
