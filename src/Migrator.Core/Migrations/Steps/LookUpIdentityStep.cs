using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Plc;

namespace Migrator.Core.Migrations.Steps;

/// <summary>
/// Reads who the account is without asking any PDS: the log from its first operation, whether the person's key stands in it and how
/// high, and whether somebody changed the identity so lately that it can still be overruled.
/// </summary>
public sealed class LookUpIdentityStep : IMigrationStep
{
    public StepName Name => StepName.LookUpIdentity;

    public string Title => "Read the identity";

    public string Explanation =>
        "Replays your identity's whole log, checks every signature, and looks where your rotation key stands in it. Changes nothing.";

    public Reversibility Reversibility => Reversibility.Repeatable;

    public Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct) =>
        // Facts from before the claim must not be overwritten by facts from after it.
        Task.FromResult<StepOutcome?>(context.Progress.Identity is null ? null : new StepOutcome.Done("The identity was read before."));

    public Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        context.Progress = context.Progress with { Restore = context.Progress.Restore ?? new RestoreFacts() };
        return context.Did.IsPlc ? ReadLogAsync(context, ct) : ReadDocumentAsync(context, ct);
    }

    private static async Task<StepOutcome> ReadLogAsync(MigrationContext context, CancellationToken ct)
    {
        var read = await context.Tools.Plc.GetHistoryAsync(context.Did, ct);
        if (!read.IsOk)
            return read.Error.ToOutcome(Side.Directory, context.Now);
        var (wanted, history) = (context.Request.Restore!, read.Value);
        if (wanted.RotationKey is not { } mine)
            return new StepOutcome.NeedsPerson(
                HoldCause.RotationKey, "No rotation key was given.",
                "Give the rotation key of this identity, or its did:key if you sign with your own tool.");
        var facts = context.Progress.Restore! with { Log = RestoreLog.Read(history, mine, context.Now) };
        context.Progress = context.Progress with { Restore = facts };
        if (Recent(facts.Log, history, wanted) is { } ask)
            return ask;

        var effective = RestoreIdentity.Effective(context.Request, history);
        if (wanted.Log?.ForkFrom is not null && !ReferenceEquals(effective, history)
            && RestoreIdentity.ForkProblem(history, effective.Head.Cid, mine, context.Now) is { } problem)
            return AskAboutLog(problem, facts.Log);
        if (effective.Tombstoned)
            return new StepOutcome.Failed(
                "This identity was ended for good (tombstoned) in the PLC directory, and your key cannot overrule that. It cannot be "
                + "restored.");
        var body = effective.Current;
        var rank = body.RotationKeys.ToList().IndexOf(mine);
        if (rank < 0)
        {
            return new StepOutcome.NeedsPerson(
                HoldCause.RotationKey,
                $"The key {mine} is not among the rotation keys of this identity, so the directory refuses whatever it signs.",
                "Give another key. If the identity has none of yours, only who ran the old server can help, with that server's rotation "
                + "key.",
                [.. body.RotationKeys.Select((key, at) => $"rotation key {at + 1}: {key}")]);
        }

        var pds = Server(effective) ?? context.Request.SourcePds;
        facts = facts with { KeyRank = rank, HostKeys = RestoreLog.HostKeys(effective, mine) };
        context.Progress = context.Progress with { Restore = facts };
        context.Progress = context.Progress with
        {
            Identity = new IdentityFacts(
                context.Did, body.Handle, pds, body.SigningKey?.DidKey ?? "", effective.Head.Cid.ToString(), body.RotationKeys,
                RestoreIdentity.OldHost(context.Request, context.Progress, body, pds)),
        };
        return new StepOutcome.Done(
            $"{history.Entries.Count} {(history.Entries.Count == 1 ? "operation" : "operations")}, all signatures good. Your key is "
            + $"number {rank + 1} of {body.RotationKeys.Count}.");
    }

    /// <summary>
    /// Asks when somebody else's change is so young that the person can still overrule it, once for each head of the log.
    /// </summary>
    private static StepOutcome.NeedsPerson? Recent(IReadOnlyList<LogLine> log, PlcHistory history, RestoreRequest wanted) =>
        log.Any(line => line.OverruleUntil is not null && !line.Mine) && wanted.Log?.Head != history.Head.Cid.ToString()
            ? AskAboutLog(
                "This identity was changed in the last 72 hours by a key that is weaker than yours. If that was not you, your key can "
                + "still overrule it.", log)
            : null;

    private static StepOutcome.NeedsPerson AskAboutLog(string message, IReadOnlyList<LogLine> log) => new(
        HoldCause.IdentityLog,
        message,
        "Look at the log. Say that the changes count, or choose the last operation that was yours: the restore then starts from there and "
        + "everything after it is struck out.",
        [
            .. log.Take(20).Select(line =>
                $"{line.At:u} {line.Cid} signed by key {line.Rank + 1}{(line.Mine ? " (yours)" : "")}"
                + (line.Nullified ? ", struck out" : "")
                + $"{(line.OverruleUntil is { } until ? $", can be overruled until {until:u}" : "")}: "
                + string.Join("; ", line.Changes.Select(change => $"{change.What}: {change.Before ?? "–"} → {change.After ?? "–"}"))),
        ]);

    /// <summary>The newest server that the identity named: a rogue operation may have left none.</summary>
    private static Uri? Server(PlcHistory history) =>
        history.Valid.Reverse().Select(entry => entry.Operation.Body?.PdsEndpoint)
            .FirstOrDefault(endpoint => endpoint is not null) is { } text
        && Uri.TryCreate(text, UriKind.Absolute, out var pds) ? pds : null;

    private static async Task<StepOutcome> ReadDocumentAsync(MigrationContext context, CancellationToken ct)
    {
        var resolved = await context.Tools.Identities.ResolveAsync(context.Did.ToString(), ct);
        if (resolved.Identity is not { } identity)
        {
            return resolved.Problem == IdentityProblem.Unreachable
                ? new StepOutcome.Retry(resolved.Message)
                : new StepOutcome.NeedsPerson(
                    HoldCause.Preflight, resolved.Message,
                    "Your identity is a file on your own web server. Put it right, then press Try again.");
        }

        context.Progress = context.Progress with
        {
            Identity = new IdentityFacts(
                context.Did, context.Request.SourceHandle ?? identity.VerifiedHandle, identity.Pds, identity.Document.SigningKey!.DidKey,
                null, [], new HostCredentials([], new Dictionary<string, string>(), [], identity.Pds)),
        };
        return new StepOutcome.Done("Your identity is a file on your own web server: you change it yourself, and Migrator says how.");
    }
}
