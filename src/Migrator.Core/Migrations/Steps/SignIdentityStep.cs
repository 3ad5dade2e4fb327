using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Migrations.Steps;

/// <summary>
/// Has the operation signed and holds it against what was asked, field by field, before anything is switched off: a wrong code or
/// a lying server costs nothing here. The signed bytes are stored; from now on only they are ever sent.
/// </summary>
public sealed class SignIdentityStep : IMigrationStep
{
    public StepName Name => StepName.SignIdentity;

    public string Title => "Sign the change of identity";

    public string Explanation => "The change is signed and checked line by line. It is not sent yet.";

    public Reversibility Reversibility => Reversibility.Repeatable;

    public async Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct)
    {
        if (context.Did.Method != "plc")
            return new StepOutcome.Done("A did:web identity is changed by publishing its document.");
        var (history, trouble) = await IdentityChange.ReadAsync(context, ct);
        if (history is null)
            return trouble;
        if (!IdentityChange.KeepsOperation(context, history))
            return null;
        await context.Tools.Secrets.EraseAsync(context.Id, SecretName.RotationKey, ct); // given once more, and not needed
        return new StepOutcome.Done("The change was signed before.");
    }

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        var (history, trouble) = await IdentityChange.ReadAsync(context, ct);
        if (history is null)
            return trouble!;
        var change = IdentityChange.Plan(context.Request, context.Progress, history);
        if (change.Problems.Count > 0)
        {
            return new StepOutcome.NeedsPerson(
                HoldCause.IdentityMoved, "The change of identity cannot be made as planned.", "Put this right, then say go again.",
                [.. change.Problems]);
        }

        return context.Request.Go!.SignWith == SigningWay.OwnRotationKey
            ? await SignHereAsync(context, history, change, ct)
            : await SignThereAsync(context, change, ct);
    }

    private static async Task<StepOutcome> SignHereAsync(
        MigrationContext context, PlcHistory history, PlcChange change, CancellationToken ct)
    {
        var text = await context.Tools.Secrets.ReadAsync(context.Id, SecretName.RotationKey, ct);
        if (!PrivateKey.TryParse(text, out var key))
            return AskForKey("The rotation key is not stored any more.");
        using (key)
        {
            if (!history.Current.RotationKeys.Contains(key.PublicKey.DidKey))
                return AskForKey($"The key {key.PublicKey.DidKey} does not stand in your identity now, so it cannot sign.");
            await StoreAsync(context, change.Operation.Sign(key), change, ct);
        }

        // The key has done its work.
        await context.Tools.Secrets.EraseAsync(context.Id, SecretName.RotationKey, ct);
        return new StepOutcome.Done("Signed with your rotation key.");
    }

    private static async Task<StepOutcome> SignThereAsync(MigrationContext context, PlcChange change, CancellationToken ct)
    {
        var code = await context.Tools.Secrets.ReadAsync(context.Id, SecretName.PlcCode, ct);
        context.Cutover = context.Cutover with { CodesTried = context.Request.CodesGiven };
        if (code is null)
            return AskForCode("There is no code to try.", context);

        // Counted as tried before it is sent: the server uses a code up even when signing fails.
        await context.SaveAsync(ct);
        var source = await context.Tools.SourceAsync(context, ct);
        var reply = await source.SignPlcOperationAsync(change.ToSignRequest(code), ct);
        await context.Tools.Secrets.EraseAsync(context.Id, SecretName.PlcCode, ct);
        if (!reply.IsOk)
            return Explain(reply.Error, context);

        if (!change.TryAccept(reply.Value, out var signed, out var differences))
            return Refuse(source, [.. differences.Select(difference => difference.ToString())]);
        await StoreAsync(context, signed, change, ct);
        return new StepOutcome.Done($"Signed by {source.Pds.Authority}, and exactly as asked.");
    }

    private static async Task StoreAsync(MigrationContext context, SignedPlcOperation signed, PlcChange change, CancellationToken ct)
    {
        context.Cutover = context.Cutover with
        {
            Operation = new SignedOperation(
                signed.Cid, signed.Prev!.Value.ToString(), signed.ToJson(),
                    [.. change.Diff.Select(line => new OperationChange(line.What, line.Before, line.After))]),
        };
        await context.SaveAsync(ct);
    }

    private static StepOutcome Explain(XrpcError error, MigrationContext context)
    {
        if (error.Is("ExpiredToken") || error.Message.Contains("expired", StringComparison.OrdinalIgnoreCase))
        {
            context.Cutover = context.Cutover with { CodeRequestedAt = null };
            return AskForCode("The code had expired: it works for 15 minutes.", context);
        }

        if (error.Is("InvalidToken"))
            return AskForCode("The old server does not know this code: it may be mistyped, used already, or from an older mail.", context);
        return error.ToOutcome(Side.Source, context.Now) is StepOutcome.Retry retry
            ? AskForCode($"{retry.Reason} The code may be used up.", context)
            : error.ToOutcome(Side.Source, context.Now);
    }

    private static StepOutcome.NeedsPerson AskForCode(string message, MigrationContext context) => new(
        HoldCause.PlcCode,
        message,
        context.Cutover.CodeRequestedAt is null ? "Have a new code sent." : "Enter the code from the newest mail, or have a new one sent.",
        BackTo: StepName.RequestPlcCode);

    private static StepOutcome.NeedsPerson AskForKey(string message) => new(
        HoldCause.Go, message, "Say go again, with the right key or with a mailed code.", BackTo: StepName.AwaitGo);

    private static StepOutcome.NeedsPerson Refuse(PdsClient source, IReadOnlyList<string> differences) => new(
        HoldCause.WrongSignature,
        $"{source.Pds.Authority} signed something other than it was asked to. Migrator threw it away; your identity is unchanged.",
        "Do not go on before you know why. You can try again with a new code, sign with a rotation key of your own, or cancel.",
        differences,
        BackTo: StepName.RequestPlcCode);
}
