using Migrator.Core.AtProto.Plc;

namespace Migrator.Core.Migrations.Steps;

/// <summary>
/// Gets the last operation signed: the new server with its keys, the person's keys and other services kept, the old server's gone.
/// </summary>
public sealed class SignRestoreStep : IMigrationStep
{
    public StepName Name => StepName.SignRestore;

    public string Title => "Sign the change of identity";

    public string Explanation => "Your rotation key signs the operation that names the new server. Everything is there and proven by now.";

    public Reversibility Reversibility => Reversibility.Repeatable;

    public async Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct)
    {
        if (!context.Did.IsPlc)
            return new StepOutcome.Done("A did:web identity is changed by publishing its document.");
        var (history, trouble) = await RestoreIdentity.ReadAsync(context, ct);
        if (history is null)
            return trouble;
        if (context.Cutover.Operation is not { } operation)
            return null;
        if (operation.Prev == history.Head.Cid.ToString() || operation.Cid == history.Head.Cid)
            return new StepOutcome.Done("The change was signed before.");
        context.Cutover = context.Cutover with { Operation = null };
        return null;
    }

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        var (history, trouble) = await RestoreIdentity.ReadAsync(context, ct);
        if (history is null)
            return trouble!;
        var progress = context.Progress;
        var change = PlcChangePlanner.PlanMove(
            history, progress.Identity!.OldHost!.ToRecommended(), progress.Target!.Recommended!.ToRecommended(), null,
            context.Request.NewAccount!.Handle);
        var (signed, notSigned) = await RestoreSigner.SignAsync(context, change, "the final change", ct);
        if (signed is null)
            return notSigned!;
        context.Cutover = context.Cutover with { Operation = signed };
        await context.SaveAsync(ct);
        return new StepOutcome.Done("Signed, and stored before it is sent.");
    }
}
