using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Migrations.Steps;

/// <summary>
/// Points the identity at the old server again: its address, its signing key and its own key, with the person's key still on top.
/// An ordinary next operation, signed by the person's key, so it needs nobody's leave.
/// </summary>
public sealed class SubmitWayBackStep : IMigrationStep
{
    public StepName Name => StepName.SubmitWayBack;

    public string Title => "Change the identity back";

    public string Explanation => "Your recovery key signs an operation that names the old server again.";

    public Reversibility Reversibility => Reversibility.PointOfNoReturn;

    public async Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct)
    {
        if (context.Cutover.WayBack is not { } stored)
            return null;
        var history = await context.Tools.Plc.GetHistoryAsync(context.Did, ct);
        if (!history.IsOk)
            return history.Error.ToOutcome(Side.Directory, context.Now);
        if (history.Value.Head.Cid == stored.Cid)
            return new StepOutcome.Done($"The directory's newest operation is the way back ({stored.Cid}).");
        if (history.Value.Head.Cid.ToString() != stored.Prev)
            context.Cutover = context.Cutover with { WayBack = null };
        return null;
    }

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        var history = await context.Tools.Plc.GetHistoryAsync(context.Did, ct);
        if (!history.IsOk)
            return history.Error.ToOutcome(Side.Directory, context.Now);
        if (context.Cutover.WayBack is null && await SignAsync(context, history.Value, ct) is { } trouble)
            return trouble;

        await context.ConfirmLeaseAsync(ct);
        var sent = await context.Tools.Plc.SubmitAsync(context.Did, SignedPlcOperation.FromJson(context.Cutover.WayBack!.Json), ct);
        if (await ProbeAsync(context, ct) is { } known)
            return known;
        return sent.IsOk
            ? new StepOutcome.Retry("The directory took the operation, but its log does not show it yet.")
            : sent.Error.ToOutcome(Side.Directory, context.Now);
    }

    private static async Task<StepOutcome?> SignAsync(MigrationContext context, PlcHistory history, CancellationToken ct)
    {
        var text = await context.Tools.Secrets.ReadAsync(context.Id, SecretName.RotationKey, ct);
        if (!PrivateKey.TryParse(text, out var key))
            return Ask("The recovery key is not stored any more.");
        using (key)
        {
            if (!history.Current.RotationKeys.Contains(key.PublicKey.DidKey))
                return Ask($"The key {key.PublicKey.DidKey} does not stand in your identity, so it cannot sign.");
            var (change, trouble) = IdentityChange.PlanWayBack(context.Request, context.Progress, history, key.PublicKey);
            if (change is null)
                return Ask($"The way back cannot be signed: {trouble}");
            var signed = change.Operation.Sign(key);
            context.Cutover = context.Cutover with
            {
                WayBack = new SignedOperation(
                    signed.Cid, signed.Prev!.Value.ToString(), signed.ToJson(),
                        [.. change.Diff.Select(line => new OperationChange(line.What, line.Before, line.After))]),
            };
            await context.SaveAsync(ct);
        }

        await context.Tools.Secrets.EraseAsync(context.Id, SecretName.RotationKey, ct);
        return null;
    }

    /// <summary>Nothing has been changed yet: the account goes on living on the new server meanwhile.</summary>
    private static StepOutcome.NeedsPerson Ask(string message) => new(
        HoldCause.RecoveryKey, message, "Nothing was changed: your account lives on the new server. Ask for the way back again, with a key that may sign.");
}
