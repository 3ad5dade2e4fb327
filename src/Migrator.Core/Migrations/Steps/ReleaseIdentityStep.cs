using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Migrations.Steps;

/// <summary>The way back of a restore: the identity says again what it said before the claim, but for the keys of a hostile host.</summary>
public sealed class ReleaseIdentityStep : IMigrationStep
{
    public StepName Name => StepName.ReleaseIdentity;

    public string Title => "Give the identity back";

    public string Explanation => "Your rotation key signs an operation by which the identity says again what it said before the restore.";

    public Reversibility Reversibility => Reversibility.PointOfNoReturn;

    public async Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct)
    {
        if (!context.Did.IsPlc)
            return new StepOutcome.Done("Write the former key into your did.json again: the file is in your hands.");
        if (context.Progress.Restore!.Release is not { } release)
            return null;
        var history = await context.Tools.Plc.GetHistoryAsync(context.Did, ct);
        if (!history.IsOk)
            return history.Error.ToOutcome(Side.Directory, context.Now);
        if (history.Value.Head.Cid == release.Cid)
            return new StepOutcome.Done($"The identity says again what it said before ({release.Cid}).");
        if (history.Value.Head.Cid.ToString() != release.Prev)
            context.Progress = context.Progress with { Restore = context.Progress.Restore with { Release = null } };
        return null;
    }

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        if (context.Progress.Restore!.Release is null)
        {
            var (history, trouble) = await RestoreIdentity.ReadAsync(context, ct);
            if (history is null)
                return trouble is StepOutcome.NeedsPerson ask ? ask with { BackTo = null } : trouble!;
            var before = history.Entries.FirstOrDefault(entry => entry.Cid.ToString() == context.Progress.Restore.Before)?.Operation.Body;
            if (before is null)
                return new StepOutcome.Failed(
                    "The identity from before the restore is not in the directory's log any more. Nothing was changed.");
            var change = RestoreIdentity.PlanRelease(context.Request, context.Progress, history, before);
            var (signed, notSigned) = await RestoreSigner.SignAsync(context, change, "the way back", ct);
            if (signed is null)
                return notSigned!;
            context.Progress = context.Progress with { Restore = context.Progress.Restore! with { Release = signed } };
            await context.SaveAsync(ct);
        }

        await context.ConfirmLeaseAsync(ct);
        var sent = await context.Tools.Plc.SubmitAsync(
            context.Did, SignedPlcOperation.FromJson(context.Progress.Restore!.Release!.Json), ct);
        if (await ProbeAsync(context, ct) is { } known)
            return known;
        if (sent.IsOk)
            return new StepOutcome.Retry("The directory took the operation, but its log does not show it yet.");
        return sent.Error.ToOutcome(Side.Directory, context.Now);
    }
}
