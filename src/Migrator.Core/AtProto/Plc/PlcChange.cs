using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.AtProto.Plc;

/// <summary>A planned next operation of an identity: what it is, what it changes, and what stands against it.</summary>
public sealed class PlcChange
{
    private readonly PlcOperationBody _before;

    internal PlcChange(PlcHistory current, PlcOperationBody after, IEnumerable<string> problems)
    {
        _before = current.Current;
        Operation = new PlcOperation(after, current.Head.Cid);
        Diff = PlcDiff.Compare(_before, after);
        Problems = [.. problems, .. PlcLimits.FindProblems(Operation)];
    }

    public PlcOperation Operation { get; }

    /// <summary>What the operation changes, for a person to agree to.</summary>
    public IReadOnlyList<PlcDifference> Diff { get; }

    /// <summary>Why it must not be signed, in sentences for the owner of the identity; empty when nothing is wrong.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>Whether the directory accepts this operation when this key signs it.</summary>
    public bool CanBeSignedBy(PublicKey key) => _before.RankOf(key) >= 0;

    /// <summary>How a server that holds one of the rotation keys is asked to sign this: every part is given, none is left to it.</summary>
    /// <param name="token">The code that the server mailed to the owner.</param>
    public SignPlcRequest ToSignRequest(string? token)
    {
        var body = Operation.Body;
        return new SignPlcRequest(token, body.RotationKeys, body.AlsoKnownAs, body.VerificationMethods, body.Services);
    }

    /// <summary>
    /// Judges what a server sent back when it was asked to sign: accepted only if it is this very operation, in the one right form, with
    /// a good signature of a key that may sign. Whoever skips this lets the old server decide where the account goes.
    /// </summary>
    /// <param name="answer">The operation as the server sent it.</param>
    /// <param name="signed">The operation when it is accepted.</param>
    /// <param name="differences">Else in what it differs: on the left what was asked, on the right what was signed.</param>
    public bool TryAccept(
        JsonElement answer, [NotNullWhen(true)] out SignedPlcOperation? signed, out IReadOnlyList<PlcDifference> differences)
    {
        signed = null;
        try
        {
            var operation = SignedPlcOperation.FromJson(answer);
            differences = DifferencesFrom(operation);
            if (differences.Count == 0) signed = operation;
        }
        catch (PlcFaultException fault)
        {
            differences = [new PlcDifference(PlcField.Form, null, PlcOperation.TypeName, fault.Detail)];
        }
        return signed is not null;
    }

    /// <summary>True when this is the planned operation, signed by a key that may sign it.</summary>
    public bool Matches(SignedPlcOperation signed) => DifferencesFrom(signed).Count == 0;

    /// <summary>Field by field, in what a signed operation differs from the planned one; empty when it <see cref="Matches"/>.</summary>
    public IReadOnlyList<PlcDifference> DifferencesFrom(SignedPlcOperation signed)
    {
        if (signed.Unsigned is not PlcOperation operation)
            return [new PlcDifference(PlcField.Form, null, PlcOperation.TypeName, signed.Unsigned.GetType().Name)];

        var found = new List<PlcDifference>();
        if (operation.Prev != Operation.Prev)
            found.Add(new PlcDifference(PlcField.Previous, null, Operation.Prev.ToString(), operation.Prev?.ToString()));
        found.AddRange(PlcDiff.Compare(Operation.Body, operation.Body));
        if (signed.FindSigner(_before.RotationKeys) < 0)
            found.Add(new PlcDifference(PlcField.Signature, null, "by one of the present rotation keys", "by none of them, or damaged"));

        // The bytes have the last word: whatever the comparison above can't tell apart, the directory could.
        if (found.Count == 0 && !signed.Unsigned.BytesToSign.AsSpan().SequenceEqual(Operation.BytesToSign))
            found.Add(new PlcDifference(PlcField.Form, null, "the planned bytes", "other bytes"));
        return found;
    }
}
