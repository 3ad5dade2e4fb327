using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Migrations.Steps;

/// <summary>
/// Sends the claim. The stored bytes are sent, and sent again if need be; whether it worked is read from the log. From here on the
/// identity names a key that only Migrator holds, so the account is in nobody else's hands, and the way back is ready.
/// </summary>
public sealed class ClaimIdentityStep : IMigrationStep
{
    public StepName Name => StepName.ClaimIdentity;

    public string Title => "Claim the identity";

    public string Explanation =>
        "Puts the temporary key into your identity, so that the new server believes that you ask for the account. Your rotation key can "
            + "take it back at any time.";

    public Reversibility Reversibility => Reversibility.Undoable;

    public async Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct)
    {
        if (await context.Tools.Secrets.ReadAsync(context.Id, SecretName.TargetTokens, ct) is not null)
            return new StepOutcome.Done("The account is on the new server already: nothing has to be claimed.");
        if (!context.Did.IsPlc)
            return await LookAtDocumentAsync(context, ct);
        var (history, trouble) = await RestoreIdentity.ReadAsync(context, ct);
        if (history is null)
            return trouble;
        var facts = context.Progress.Restore!;
        if (history.Current.SigningKey?.DidKey != facts.TemporaryKey)
            return null;
        context.Progress = context.Progress with
        {
            Identity = context.Progress.Identity! with { HeadCid = history.Head.Cid.ToString() },
            Restore = facts with { ClaimSubmittedAt = facts.ClaimSubmittedAt ?? context.Now, ClaimAcceptedAt = history.Head.CreatedAt },
        };
        return new StepOutcome.Done($"The identity names the temporary key ({history.Head.Cid}).");
    }

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        var facts = context.Progress.Restore!;
        if (facts.Claim is not { } claim)
            return new StepOutcome.NeedsPerson(
                HoldCause.IdentityMoved, "There is no signed claim to send.", "Press Try again: it is signed anew.",
                BackTo: StepName.SignClaim);
        context.Progress = context.Progress with { Restore = facts with { ClaimSubmittedAt = facts.ClaimSubmittedAt ?? context.Now } };
        await context.SaveAsync(ct);
        await context.ConfirmLeaseAsync(ct);
        var sent = await context.Tools.Plc.SubmitAsync(context.Did, SignedPlcOperation.FromJson(claim.Json), ct);

        // Whatever was answered: the log knows.
        if (await ProbeAsync(context, ct) is { } known)
            return known;
        if (sent.IsOk)
            return new StepOutcome.Retry("The directory took the claim, but its log does not show it yet.");
        if (sent.Error.Failure != XrpcFailure.Refused)
            return sent.Error.ToOutcome(Side.Directory, context.Now);
        // The log was read after the refusal and does not have it: it was not taken.
        context.Progress = context.Progress with { Restore = context.Progress.Restore! with { Claim = null, ClaimSubmittedAt = null } };
        return new StepOutcome.NeedsPerson(
            HoldCause.RotationKey,
            $"The PLC directory refused the claim: {sent.Error.Message}",
            "Nothing was changed. Press Try again: it is planned and signed anew.",
            BackTo: StepName.SignClaim);
    }

    private static async Task<StepOutcome> LookAtDocumentAsync(MigrationContext context, CancellationToken ct)
    {
        var facts = context.Progress.Restore!;
        var wanted = facts.TemporaryKey!;
        var resolved = await context.Tools.Identities.ResolveAsync(context.Did.ToString(), ct);
        var found = resolved.Identity?.Document.SigningKey?.DidKey;
        if (found == wanted)
        {
            context.Progress = context.Progress with
            {
                Restore = facts with
                {
                    ClaimSubmittedAt = facts.ClaimSubmittedAt ?? context.Now,
                    ClaimAcceptedAt = facts.ClaimAcceptedAt ?? context.Now,
                },
            };
            return new StepOutcome.Done("Your did.json names the temporary key.");
        }

        return new StepOutcome.NeedsPerson(
            HoldCause.DidWebDocument,
            "Your identity is a file on your own web server (did:web). It must name a temporary key first, so that the new server "
            + "believes that you ask for the account.",
            "Publish this value in /.well-known/did.json, keep everything else as it is. Migrator looks every ten seconds; a second "
            + "change follows when all data is there.",
            [
                $"verificationMethod #atproto: type Multikey, publicKeyMultibase {wanted["did:key:".Length..]}",
                $"found now: {found ?? resolved.Message}",
            ],
            LookAgain: TimeSpan.FromSeconds(10));
    }
}
