using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Migrations;

/// <summary>
/// Plans the operation of a move from the facts at hand. The same plan is shown before the go, asked of the old server, and held
/// against what it signed.
/// </summary>
public static class IdentityChange
{
    public static PlcChange Plan(MigrationRequest request, MigrationProgress progress, PlcHistory history) => PlcChangePlanner.PlanMove(
        history,
        progress.Identity!.OldHost!.ToRecommended(),
        progress.Target!.Recommended!.ToRecommended(),
        request.RecoveryKey is { } key ? PublicKey.ParseDidKey(key.DidKey) : null,
        request.NewAccount!.Handle);

    /// <summary>
    /// Whether the stored operation is still the one that would be signed now. Its owner may have changed the recovery key since, or the
    /// new server may have refused it: then it is thrown away, for it must never be sent, and a new one is signed.
    /// </summary>
    public static bool KeepsOperation(MigrationContext context, PlcHistory history)
    {
        if (context.Cutover.Operation is not { } operation)
            return false;
        if (operation.Cid == history.Head.Cid)
            return true;
        var keeps = !context.Cutover.OperationRefused
            && Plan(context.Request, context.Progress, history).Matches(SignedPlcOperation.FromJson(operation.Json));
        if (!keeps)
            context.Cutover = ThrownAway(context.Cutover);
        return keeps;
    }

    /// <summary>
    /// The way back from what the identity says now. As long as that is what the move made of it, everything is put back as it was; what
    /// its owner has changed since stays, and only the servers change places.
    /// </summary>
    /// <param name="key">The key that will sign.</param>
    /// <returns>The plan; or why there is none, in a sentence for its owner.</returns>
    public static (PlcChange? Change, string? Trouble) PlanWayBack(
        MigrationRequest request, MigrationProgress progress, PlcHistory history, PublicKey key)
    {
        var before = history.Entries.FirstOrDefault(entry => entry.Cid.ToString() == progress.Cutover.Operation?.Prev)?.Operation.Body;
        if (before is null)
            return (null, "The identity from before the move is not in the directory's log any more.");
        PlcChange change;
        if (history.Head.Cid == progress.Cutover.Operation!.Cid)
        {
            change = PlcChangePlanner.PlanWayBack(history, before, key);
        }
        else
        {
            if (history.Tombstoned)
                return (null, "The identity was ended in the directory.");
            if (!Uri.TryCreate(history.Current.PdsEndpoint, UriKind.Absolute, out var now) || now != request.Target!.Pds)
            {
                return (null, $"Your identity names {now?.Authority ?? "no server"} now and not {request.Target!.Pds.Authority}: "
                    + "it was changed again since this move, so the way back from it leads nowhere.");
            }

            if (before.Handle is not { } handle)
                return (null, "Your identity was changed since this move, and had no handle before it, so the way back cannot be worked out.");
            change = PlcChangePlanner.PlanMove(
                history, progress.Target!.Recommended!.ToRecommended(), progress.Identity!.OldHost!.ToRecommended(), key, handle);
        }

        return change.Problems.Count == 0 ? (change, null) : (null, string.Join(" ", change.Problems));
    }

    /// <summary>The same plan for the page: readable, and as the JSON that would be signed.</summary>
    public static PlannedChange Preview(MigrationRequest request, MigrationProgress progress, PlcHistory history)
    {
        var change = Plan(request, progress, history);
        return new PlannedChange(
            PlcEncoding.ToJson(change.Operation.Fields),
            history.Head.Cid.ToString(),
            [.. change.Diff.Select(line => new OperationChange(line.What, line.Before, line.After))],
            change.Problems,
            request.RecoveryKey is { } key && history.Current.RotationKeys.Contains(key.DidKey));
    }

    /// <summary>Reads the log and says whether anything was added since the move began (our own operation aside).</summary>
    /// <returns>The history, or the outcome that the step should end with.</returns>
    public static async Task<(PlcHistory? History, StepOutcome? Trouble)> ReadAsync(MigrationContext context, CancellationToken ct)
    {
        var history = await context.Tools.Plc.GetHistoryAsync(context.Did, ct);
        if (!history.IsOk)
            return (null, history.Error.ToOutcome(Side.Directory, context.Now));
        var head = history.Value.Head.Cid;
        return head.ToString() == context.Progress.Identity!.HeadCid || head == context.Cutover.Operation?.Cid
            ? (history.Value, null)
            : (null, Moved(context, history.Value));
    }

    /// <summary>The code that had it signed is used up, so the next one needs a new mail.</summary>
    private static CutoverFacts ThrownAway(CutoverFacts facts) =>
        facts.Operation is null ? facts : facts with { Operation = null, OperationRefused = false, CodeRequestedAt = null };

    private static StepOutcome.NeedsPerson Moved(MigrationContext context, PlcHistory history)
    {
        var current = history.Current;
        // Read afresh once the person has looked: Migrator never builds over a change that it did not make.
        context.Progress = context.Progress with { Identity = null };
        context.Cutover = ThrownAway(context.Cutover);
        return new StepOutcome.NeedsPerson(
            HoldCause.IdentityMoved,
            "Someone changed your identity in the PLC directory while the move was under way. Migrator did not change anything.",
            "Look at the change below. If it was you, press Try again: the move goes on from the new state. If not, use a rotation key of "
            + "yours to undo it within 72 hours.",
            [
                $"new head: {history.Head.Cid}, written {history.Head.CreatedAt:u}, signed by key number {history.Head.SignedByIndex + 1} "
                + "of the list before it",
                $"rotation keys: {string.Join(", ", current.RotationKeys)}",
                $"handles: {string.Join(", ", current.AlsoKnownAs)}",
                $"services: {string.Join(", ", current.Services.Select(service => $"{service.Key} → {service.Value.Endpoint}"))}",
            ],
            BackTo: StepName.ResolveIdentity);
    }
}
