using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Plc;

namespace Migrator.Core.Migrations;

/// <summary>
/// Gets an operation of a restore signed: with the key that is held sealed, or by the person with their own tool. What they hand in is
/// held against what was asked, field by field, and must be signed by a key that may.
/// </summary>
public static class RestoreSigner
{
    /// <param name="what">For the person: "the claim", "the final change".</param>
    /// <returns>The signed operation, or the outcome that the step should end with.</returns>
    public static async Task<(SignedOperation? Signed, StepOutcome? Trouble)> SignAsync(
        MigrationContext context, PlcChange change, string what, CancellationToken ct)
    {
        if (change.Problems.Count > 0)
        {
            return (null, new StepOutcome.NeedsPerson(
                HoldCause.RotationKey, $"The identity cannot be changed as planned ({what}).", "Put this right, then press Try again.",
                [.. change.Problems]));
        }

        if (context.Request.Restore!.Signing == RestoreSigning.Elsewhere)
            return Take(context, change, what);
        var text = await context.Tools.Secrets.ReadAsync(context.Id, SecretName.RotationKey, ct);
        if (!PrivateKey.TryParse(text, out var key))
            return (null, AskForKey("The rotation key is not stored any more."));
        using (key)
        {
            return change.CanBeSignedBy(key.PublicKey)
                ? (Stored(change.Operation.Sign(key), change), null)
                : (null, AskForKey($"The key {key.PublicKey.DidKey} does not stand in your identity now, so it cannot sign."));
        }
    }

    public static SignedOperation Stored(SignedPlcOperation signed, PlcChange change) => new(
        signed.Cid, signed.Prev!.Value.ToString(), signed.ToJson(),
            [.. change.Diff.Select(line => new OperationChange(line.What, line.Before, line.After))]);

    private static StepOutcome.NeedsPerson AskForKey(string message) => new(
        HoldCause.RotationKey, message, "Give the rotation key again, or sign with your own tool.");

    private static (SignedOperation? Signed, StepOutcome? Trouble) Take(MigrationContext context, PlcChange change, string what)
    {
        var (wanted, facts) = (context.Request.Restore!, context.Progress.Restore!);
        var planned = RestoreIdentity.Preview(change);
        var isAsked = facts.ToSign is { } asked && asked.Prev == planned.Prev && asked.Json.GetRawText() == planned.Json.GetRawText();
        var given = wanted.OperationsGiven > facts.OperationsTaken ? wanted.GivenOperation : null;
        context.Progress = context.Progress with { Restore = facts with { ToSign = planned, OperationsTaken = wanted.OperationsGiven } };
        if (given is not { } operation || !isAsked)
            return (null, Ask(what, $"Sign {what} with your own tool: Migrator shows the exact operation.", []));
        if (!change.TryAccept(operation, out var signed, out var differences))
            return (null, Ask(what, "What was handed in is not the operation that was asked for. It was thrown away; nothing was sent.",
                [.. differences.Select(line => line.ToString())]));

        context.Progress = context.Progress with { Restore = context.Progress.Restore! with { ToSign = null } };
        return (Stored(signed, change), null);
    }

    private static StepOutcome.NeedsPerson Ask(string what, string message, IReadOnlyList<string> details) => new(
        HoldCause.SignElsewhere,
        message,
        $"Copy the unsigned operation ({what}), sign it with your rotation key (for example with goat), and paste the signed operation. "
        + "It is checked line by line before it is sent.",
        details);
}
