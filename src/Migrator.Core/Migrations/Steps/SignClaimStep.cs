using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Plc;

namespace Migrator.Core.Migrations.Steps;

/// <summary>
/// Makes the temporary signing key and gets the first operation signed. The key is stored sealed before anything names it, the signed
/// bytes before they are sent, and the way back is signed in the same breath.
/// </summary>
public sealed class SignClaimStep : IMigrationStep
{
    public StepName Name => StepName.SignClaim;

    public string Title => "Sign the claim";

    public string Explanation =>
        "Your rotation key signs an operation that puts a temporary key of Migrator's into your identity. It is not sent yet.";

    public Reversibility Reversibility => Reversibility.Repeatable;

    public async Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct)
    {
        if (await context.Tools.Secrets.ReadAsync(context.Id, SecretName.TargetTokens, ct) is not null)
            return new StepOutcome.Done("The account is on the new server already: nothing has to be claimed.");
        var temporary = await KeepTemporaryKeyAsync(context, ct);
        if (!context.Did.IsPlc)
            return new StepOutcome.Done("A did:web identity is changed by publishing its document.");
        var (history, trouble) = await RestoreIdentity.ReadAsync(context, ct);
        if (history is null)
            return trouble;
        if (history.Current.SigningKey?.DidKey == temporary)
            return new StepOutcome.Done("The identity names the temporary key already.");
        return context.Progress.Restore!.Claim is { } claim && claim.Prev == history.Head.Cid.ToString()
            ? new StepOutcome.Done("The claim was signed before.")
            : null;
    }

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        var (history, trouble) = await RestoreIdentity.ReadAsync(context, ct);
        if (history is null)
            return trouble!;
        var temporary = PublicKey.ParseDidKey(context.Progress.Restore!.TemporaryKey!);
        var change = RestoreIdentity.PlanClaim(context.Request, context.Progress, history, temporary);
        var (signed, notSigned) = await RestoreSigner.SignAsync(context, change, "the claim", ct);
        if (signed is null)
            return notSigned!;
        context.Progress = context.Progress with
        {
            Restore = context.Progress.Restore! with { Claim = signed, Before = context.Progress.Restore.Before ?? signed.Prev },
        };
        var release = await PrepareReleaseAsync(context, history, signed, ct);
        context.Progress = context.Progress with { Restore = context.Progress.Restore! with { Release = release } };
        await context.SaveAsync(ct);
        return new StepOutcome.Done("Signed, and stored before it is sent.");
    }

    /// <summary>Signs the way back while the key is at hand. Who signs elsewhere is asked for it only if it is wanted.</summary>
    private static async Task<SignedOperation?> PrepareReleaseAsync(
        MigrationContext context, PlcHistory history, SignedOperation claim, CancellationToken ct)
    {
        var before = history.Entries.FirstOrDefault(entry => entry.Cid.ToString() == context.Progress.Restore!.Before)?.Operation.Body;
        if (before is null || context.Request.Restore!.Signing == RestoreSigning.Elsewhere)
            return null;
        var claimed = history.FollowedBy(SignedPlcOperation.FromJson(claim.Json), context.Now);
        var change = RestoreIdentity.PlanRelease(context.Request, context.Progress, claimed, before);
        return (await RestoreSigner.SignAsync(context, change, "the way back", ct)).Signed;
    }

    /// <summary>
    /// The did:key of the temporary key: the one that is kept, or a new one, sealed before its public half is used anywhere.
    /// </summary>
    private static async Task<string> KeepTemporaryKeyAsync(MigrationContext context, CancellationToken ct)
    {
        var text = await context.Tools.Secrets.ReadAsync(context.Id, SecretName.TemporaryKey, ct);
        if (!PrivateKey.TryParse(text, out var key))
        {
            key = PrivateKey.Generate(KeyCurve.K256);
            await context.Tools.Secrets.WriteAsync(context.Id, SecretName.TemporaryKey, key.RevealMultibase(), ct);
        }

        using (key)
        {
            context.Progress = context.Progress with { Restore = context.Progress.Restore! with { TemporaryKey = key.PublicKey.DidKey } };
            return key.PublicKey.DidKey;
        }
    }
}
