using Migrator.Core.AtProto.Crypto;

namespace Migrator.Core.Migrations.Steps;

/// <summary>Everything that can be known before the first change is known: the person sees it and says go.</summary>
public sealed class AwaitRestoreGoStep : IMigrationStep
{
    public StepName Name => StepName.AwaitRestoreGo;

    public string Title => "Wait for your go";

    public string Explanation =>
        "Shows what will be restored, what is missing, and what changes in your identity. Nothing has been changed yet.";

    public Reversibility Reversibility => Reversibility.Repeatable;

    public Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct) => Task.FromResult<StepOutcome?>(null);

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        if (context.Request.Go is { } go && go.Number > context.Cutover.GoTaken)
        {
            context.Cutover = context.Cutover with { GoTaken = go.Number };
            return new StepOutcome.Done("You gave the go.");
        }

        if (context.Did.IsPlc)
        {
            var (history, trouble) = await RestoreIdentity.ReadAsync(context, ct);
            if (history is null)
                return trouble!;
            context.Cutover = context.Cutover with { Planned = RestoreIdentity.Preview(RestorePreflight.PlanEnd(context, history)) };
        }

        return new StepOutcome.NeedsPerson(
            HoldCause.Go,
            "Everything was checked that can be checked beforehand. Nothing has been changed yet.",
            "Look at what will be restored and what is missing, then say go.");
    }
}
