using Migrator.Core.AtProto.Identity;

namespace Migrator.Core.Migrations.Steps;

/// <summary>
/// Reads who the account is before anything changes: document, operation log, keys. What the way back restores is taken from here.
/// </summary>
public sealed class ResolveIdentityStep : IMigrationStep
{
    public StepName Name => StepName.ResolveIdentity;

    public string Title => "Look up the identity";

    public string Explanation =>
        "Reads your identity document and replays its whole operation log, checking every signature from the first one on.";

    public Reversibility Reversibility => Reversibility.Repeatable;

    public Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct) =>
        // Facts from before the move must not be overwritten by facts from after it.
        Task.FromResult<StepOutcome?>(context.Progress.Identity is null ? null : new StepOutcome.Done("The identity was read before."));

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        var resolved = await context.Tools.Identities.ResolveAsync(context.Did.ToString(), ct);
        if (resolved.Identity is not { } identity)
        {
            return resolved.Problem == IdentityProblem.Unreachable
                ? new StepOutcome.Retry(resolved.Message)
                : new StepOutcome.NeedsPerson(HoldCause.Preflight, resolved.Message, "Put the identity right, then press Try again.");
        }

        if (identity.Pds == context.Request.Target?.Pds)
        {
            return new StepOutcome.NeedsPerson(
                HoldCause.Preflight,
                $"The identity already names {identity.Pds.Authority} as its server, so there is nothing to move there.",
                "Cancel this move. If another tool left the account half-moved, sign in at the new server and activate it there.");
        }

        var facts = new IdentityFacts(
            context.Did, identity.VerifiedHandle, identity.Pds, identity.Document.SigningKey!.DidKey, HeadCid: null, RotationKeys: [],
            OldHost: null);
        if (context.Did.Method == "plc")
        {
            var history = await context.Tools.Plc.GetHistoryAsync(context.Did, ct);
            if (!history.IsOk)
                return history.Error.ToOutcome(Side.Directory, context.Now);
            if (history.Value.Tombstoned)
                return new StepOutcome.Failed(
                    "This identity has been ended for good (tombstoned) in the PLC directory. It cannot be moved.");
            facts = facts with { HeadCid = history.Value.Head.Cid.ToString(), RotationKeys = history.Value.Current.RotationKeys };
        }

        context.Progress = context.Progress with { Identity = facts };
        return new StepOutcome.Done($"{identity.VerifiedHandle?.ToString() ?? context.Did.ToString()} lives on {identity.Pds.Authority}.");
    }
}
