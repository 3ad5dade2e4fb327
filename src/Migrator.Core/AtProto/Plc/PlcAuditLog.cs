using System.Text.Json;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Plc;

/// <summary>
/// Replays the audit log of an identity, so that the directory need not be believed: it can leave operations out at the end, but it
/// can't invent or change any.
/// </summary>
/// <remarks>
/// The rules: the first operation is signed by one of its own rotation keys and hashes to the DID. Each later one names a valid one as
/// <c>prev</c>. If that is the head, any of the head's rotation keys may have signed. If it is older, the operations after it are
/// nullified; the first of them must have been signed by a weaker key (further down the list in <c>prev</c>) and be at most
/// 72 hours old. Nothing follows a tombstone. Source: https://web.plc.directory/spec/v0.1/did-plc
/// </remarks>
public static class PlcAuditLog
{
    /// <summary>How long a stronger key can overrule what a weaker one did. Exactly this long still counts.</summary>
    public static readonly TimeSpan RecoveryWindow = TimeSpan.FromHours(72);

    private const int MaxEntries = 2000;

    /// <param name="did">The identity the log was asked for.</param>
    /// <param name="log">The array that the directory answers, oldest entry first.</param>
    /// <exception cref="PlcFaultException">The log is not one that an honest directory could show.</exception>
    public static PlcHistory Replay(Did did, JsonElement log) => Replay(did, log, null);

    /// <param name="anchor">Only for the directory of a drill: <see cref="PlcDrillAnchor"/>.</param>
    /// <inheritdoc cref="Replay(Did, JsonElement)"/>
    internal static PlcHistory Replay(Did did, JsonElement log, PlcDrillAnchor? anchor)
    {
        if (log.ValueKind != JsonValueKind.Array) throw new PlcFaultException(PlcFault.Malformed, "the identity log is not a list");
        var count = log.GetArrayLength();
        if (count == 0) throw new PlcFaultException(PlcFault.Malformed, "the identity log is empty");
        if (count > MaxEntries) throw new PlcFaultException(PlcFault.TooLarge, $"the identity log has more than {MaxEntries} entries");

        var replay = new Replayer(did, anchor?.Did == did ? anchor.Cid : null);
        var claims = new List<bool>(count);
        foreach (var entry in log.EnumerateArray())
        {
            try
            {
                claims.Add(ReadEntry(did, entry, replay));
            }
            catch (PlcFaultException fault) when (fault.Entry is null)
            {
                throw fault.At(claims.Count);
            }
        }

        var wrong = claims.Zip(replay.Entries).ToList().FindIndex(pair => pair.First != pair.Second.Nullified);
        if (wrong >= 0) throw new PlcFaultException(PlcFault.WrongNullification, "its mark 'nullified' contradicts the rules", wrong);
        return new PlcHistory(did, replay.Entries);
    }

    /// <summary>Reads and applies one entry; returns what it claims about being nullified.</summary>
    private static bool ReadEntry(Did did, JsonElement entry, Replayer replay)
    {
        if (entry.ValueKind != JsonValueKind.Object) throw Malformed("it is not an object");
        PlcOperationReader.CheckUnicode(entry);
        if (Property(entry, "did", JsonValueKind.String).GetString() != did.ToString())
            throw new PlcFaultException(PlcFault.WrongDid, "it belongs to another identity");
        var operation = SignedPlcOperation.FromJson(Property(entry, "operation", JsonValueKind.Object));
        if (Property(entry, "cid", JsonValueKind.String).GetString() != operation.Cid.ToString())
            throw new PlcFaultException(PlcFault.WrongCid, "its CID is not the hash of its operation");
        var time = Property(entry, "createdAt", JsonValueKind.String);
        if (!time.GetString()!.EndsWith('Z') || !time.TryGetDateTimeOffset(out var createdAt)) throw Malformed("its time can't be read");
        replay.Apply(operation, createdAt);

        return entry.TryGetProperty("nullified", out var nullified) && nullified.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? nullified.GetBoolean()
            : throw Malformed("it does not say whether it is nullified");
    }

    private static JsonElement Property(JsonElement entry, string name, JsonValueKind kind) =>
        entry.TryGetProperty(name, out var value) && value.ValueKind == kind
            ? value
            : throw Malformed($"its field '{name}' is missing or wrong");

    private static PlcFaultException Malformed(string detail) => new(PlcFault.Malformed, detail);

    /// <summary>The state while operations are applied one after the other.</summary>
    private sealed class Replayer(Did did, Cid? anchor)
    {
        private readonly List<int> _chain = []; // positions in Entries of the operations that count so far

        public List<PlcLogEntry> Entries { get; } = [];

        public void Apply(SignedPlcOperation operation, DateTimeOffset createdAt)
        {
            if (Entries.Count > 0 && createdAt < Entries[^1].CreatedAt)
                throw new PlcFaultException(PlcFault.BadOrder, "it is older than the entry before it");
            var (signers, signer) = Entries.Count == 0 ? Begin(operation) : Follow(operation, createdAt);
            _chain.Add(Entries.Count);
            Entries.Add(new PlcLogEntry(operation, createdAt, Nullified: false, PublicKey.ParseDidKey(signers[signer]), signer));
        }

        private (IReadOnlyList<string> Keys, int Signer) Begin(SignedPlcOperation operation)
        {
            if (operation.Prev is not null || operation.Body is null)
                throw new PlcFaultException(PlcFault.BadOrder, "the first operation does not begin an identity");
            if (operation.DeriveDid() != did)
                throw new PlcFaultException(PlcFault.WrongGenesis, "the DID is not the hash of the first operation");
            return (operation.Body.RotationKeys, Signer(operation, operation.Body.RotationKeys));
        }

        private (IReadOnlyList<string> Keys, int Signer) Follow(SignedPlcOperation operation, DateTimeOffset createdAt)
        {
            var at = operation.Prev is { } prev ? _chain.FindIndex(i => Entries[i].Cid == prev) : -1;
            if (at < 0) throw new PlcFaultException(PlcFault.BadOrder, "it does not follow an operation that is valid");
            if (Entries[_chain[at]].Operation.Body is not { } before)
                throw new PlcFaultException(PlcFault.BadOrder, "it follows a tombstone");
            if (at == _chain.Count - 1)
            {
                // As the first operation of an identity does, it brings the keys that may have signed it.
                var keys = operation.Cid == anchor && operation.Body is { } taken ? taken.RotationKeys : before.RotationKeys;
                return (keys, Signer(operation, keys));
            }

            var overruled = Entries[_chain[at + 1]];
            var stronger = before.RotationKeys.Take(overruled.SignedByIndex).ToList();
            var signer = Signer(operation, stronger);
            if (createdAt - overruled.CreatedAt > RecoveryWindow)
                throw new PlcFaultException(PlcFault.RecoveryTooLate, "it overrules an operation that is older than 72 hours");
            foreach (var i in _chain.Skip(at + 1)) Entries[i] = Entries[i] with { Nullified = true };
            _chain.RemoveRange(at + 1, _chain.Count - at - 1);
            return (stronger, signer);
        }

        private static int Signer(SignedPlcOperation operation, IReadOnlyList<string> keys)
        {
            var signer = operation.FindSigner(keys);
            return signer >= 0 ? signer : throw new PlcFaultException(PlcFault.BadSignature, "no key that was allowed to sign it did so");
        }
    }
}
