using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Migrations;

/// <summary>The identity as a restore sees it: from which operation it goes on, and what its operations are to say.</summary>
public static class RestoreIdentity
{
    /// <summary>
    /// Reads the log and says whether it stands where the restore left it. Where the person chose to overrule the newest operations,
    /// the answer ends with the last good one.
    /// </summary>
    /// <returns>The history to build upon, or the outcome that the step should end with.</returns>
    public static async Task<(PlcHistory? Base, StepOutcome? Trouble)> ReadAsync(MigrationContext context, CancellationToken ct)
    {
        var read = await context.Tools.Plc.GetHistoryAsync(context.Did, ct);
        if (!read.IsOk)
            return (null, read.Error.ToOutcome(Side.Directory, context.Now));
        var history = Effective(context.Request, read.Value);
        var head = history.Head.Cid;
        return head.ToString() == context.Progress.Identity!.HeadCid || head == context.Progress.Restore!.Claim?.Cid
            || head == context.Cutover.Operation?.Cid
            ? (history, null)
            : (null, Moved(context, read.Value));
    }

    /// <summary>The log without what the person chose to overrule. Once an operation of ours did that, it is simply the log.</summary>
    public static PlcHistory Effective(MigrationRequest request, PlcHistory history) =>
        request.Restore?.Log is { ForkFrom: { } fork } decision && history.Head.Cid.ToString() == decision.Head
        && Cid.TryParse(fork, out var cid) && history.Valid.Any(entry => entry.Cid == cid)
            ? history.AsOf(cid)
            : history;

    /// <summary>Why the person's key cannot overrule what follows this operation; null when it can.</summary>
    public static string? ForkProblem(PlcHistory history, Cid from, string key, DateTimeOffset now)
    {
        var valid = history.Valid.ToList();
        var at = valid.FindIndex(entry => entry.Cid == from);
        if (at < 0)
            return "This operation is not in the log, or does not count any more.";
        if (at == valid.Count - 1)
            return null;
        var overruled = valid[at + 1];
        var rank = valid[at].Operation.Body?.RotationKeys.ToList().IndexOf(key) ?? -1;
        if (rank < 0)
            return "Your key did not stand among the rotation keys then, so it cannot overrule what followed.";
        if (rank >= overruled.SignedByIndex)
            return $"Your key was number {rank + 1}; what followed was signed by number {overruled.SignedByIndex + 1}. Only a stronger "
                + "key can overrule.";
        return now - overruled.CreatedAt > PlcAuditLog.RecoveryWindow
            ? $"What followed is from {overruled.CreatedAt:u}: after 72 hours nothing can be overruled any more."
            : null;
    }

    /// <summary>The first operation: a temporary signing key, and with a hostile host, its keys gone.</summary>
    public static PlcChange PlanClaim(MigrationRequest request, MigrationProgress progress, PlcHistory history, PublicKey temporary) =>
        PlcChangePlanner.PlanSigningKey(
            history, temporary, PublicKey.ParseDidKey(request.Restore!.RotationKey!),
            request.Restore.HostIsHostile ? KeysToDrop(request, progress) : null);

    /// <summary>The way back: as before the claim. A hostile host's keys do not come back.</summary>
    public static PlcChange PlanRelease(MigrationRequest request, MigrationProgress progress, PlcHistory claimed, PlcOperationBody before)
    {
        var earlier = request.Restore!.HostIsHostile
            ? before with { RotationKeys = [.. before.RotationKeys.Except(KeysToDrop(request, progress))] }
            : before;
        return PlcChangePlanner.PlanReturn(claimed, earlier, PublicKey.ParseDidKey(request.Restore.RotationKey!));
    }

    public static IReadOnlyList<string> KeysToDrop(MigrationRequest request, MigrationProgress progress) =>
        [.. (request.Restore!.DropKeys ?? progress.Restore!.HostKeys).Where(key => key != request.Restore.RotationKey)];

    /// <summary>What leaves with the old server. Its own word cannot be had, so it is put together from the identity it left.</summary>
    public static HostCredentials OldHost(MigrationRequest request, MigrationProgress progress, PlcOperationBody body, Uri pds) => new(
        KeysToDrop(request, progress),
        new Dictionary<string, string>(),
        body.Handle is { } handle ? [PlcOperationBody.HandleUri(handle)] : [],
        pds);

    public static PlannedChange Preview(PlcChange change) => new(
        PlcEncoding.ToJson(change.Operation.Fields),
        change.Operation.Prev!.Value.ToString(),
        [.. change.Diff.Select(line => new OperationChange(line.What, line.Before, line.After))],
        change.Problems,
        NullifyWith: false);

    private static StepOutcome.NeedsPerson Moved(MigrationContext context, PlcHistory history)
    {
        // Looked at afresh: Migrator never builds over a change that the person has not seen.
        context.Progress = context.Progress with { Identity = null };
        context.Cutover = context.Cutover with { Operation = null, SubmittedAt = null };
        return new StepOutcome.NeedsPerson(
            HoldCause.IdentityMoved,
            "Someone else changed your identity in the PLC directory while the restore was under way. Migrator did not build upon it.",
            "Press Try again: Migrator reads the log anew and shows you what changed and what your key can overrule.",
            [
                $"new head: {history.Head.Cid}, written {history.Head.CreatedAt:u}, signed by key number {history.Head.SignedByIndex + 1} "
                + "of the list before it",
                $"rotation keys: {string.Join(", ", history.Current.RotationKeys)}",
                $"services: {string.Join(", ", history.Current.Services.Select(service => $"{service.Key} → {service.Value.Endpoint}"))}",
            ],
            BackTo: StepName.LookUpIdentity);
    }
}
