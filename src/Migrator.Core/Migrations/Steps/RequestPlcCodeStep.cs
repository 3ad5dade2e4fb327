using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Migrations.Steps;

/// <summary>
/// Asks the old server to mail its code, as late as possible because it lives for 15 minutes. One request at a time: a second
/// one would make the first code worthless.
/// </summary>
public sealed class RequestPlcCodeStep : IMigrationStep
{
    /// <summary>How long a code lives (protocol D.4, requestPlcOperationSignature).</summary>
    public static readonly TimeSpan CodeLife = TimeSpan.FromMinutes(15);

    public StepName Name => StepName.RequestPlcCode;

    public string Title => "Get the code from your mail";

    public string Explanation => "The old server mails you a code. With it, it signs the change of your identity.";

    public Reversibility Reversibility => Reversibility.Repeatable;

    public async Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct)
    {
        if (context.Did.Method != "plc")
            return new StepOutcome.Done("A did:web identity needs no code.");
        if (context.Request.Go!.SignWith == SigningWay.OwnRotationKey)
            return new StepOutcome.Done("You sign with your own rotation key: no code is needed.");
        var (history, trouble) = await IdentityChange.ReadAsync(context, ct);
        if (history is null)
            return trouble;
        if (IdentityChange.KeepsOperation(context, history))
            return new StepOutcome.Done("The change is signed already.");
        return context.Request.CodesGiven > context.Cutover.CodesTried ? new StepOutcome.Done("You gave a code.") : null;
    }

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        var facts = context.Cutover;
        var wantsFresh = context.Request.CodesAsked > facts.CodesAsked;
        var expired = facts.CodeRequestedAt is { } at && context.Now - at >= CodeLife;
        if (facts.CodeRequestedAt is null || wantsFresh || expired)
        {
            // Written before the mail goes out: killed in between, the person is asked for a code that a click can have sent again,
            // instead of two mails of which only one works.
            context.Cutover = facts with { CodeRequestedAt = context.Now, CodesAsked = context.Request.CodesAsked };
            await context.SaveAsync(ct);
            var source = await context.Tools.SourceAsync(context, ct);
            var asked = await source.RequestPlcOperationSignatureAsync(ct);
            if (!asked.IsOk)
            {
                context.Cutover = context.Cutover with { CodeRequestedAt = null };
                return asked.Error.ToOutcome(Side.Source, context.Now);
            }

            context.Tell(Name, $"{source.Pds.Authority} was asked to mail a code.");
        }

        return new StepOutcome.NeedsPerson(
            HoldCause.PlcCode,
            $"The old server mailed you a code. It works until {context.Cutover.CodeRequestedAt!.Value + CodeLife:HH:mm} UTC.",
            "Enter the code. If no mail came, look in the spam folder, or have a new one sent.");
    }
}
