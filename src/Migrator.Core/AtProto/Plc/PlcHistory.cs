using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Plc;

/// <summary>
/// The whole life of an identity, replayed from its first operation with every signature and rule checked.
/// Made only by <see cref="PlcAuditLog"/>.
/// </summary>
public sealed class PlcHistory
{
    internal PlcHistory(Did did, IReadOnlyList<PlcLogEntry> entries)
    {
        Did = did;
        Entries = entries;
        Valid = [.. entries.Where(e => !e.Nullified)];
    }

    public Did Did { get; }

    /// <summary>Every operation the directory took, oldest first, also the nullified ones.</summary>
    public IReadOnlyList<PlcLogEntry> Entries { get; }

    /// <summary>The operations that count, oldest first; never empty.</summary>
    public IReadOnlyList<PlcLogEntry> Valid { get; }

    /// <summary>The last operation that counts: the one a next operation must follow.</summary>
    public PlcLogEntry Head => Valid[^1];

    /// <summary>The identity was ended. <see cref="Current"/> then says what it was before.</summary>
    public bool Tombstoned => Head.Operation.Body is null;

    /// <summary>What the identity is now; look at <see cref="Tombstoned"/> first.</summary>
    public PlcOperationBody Current => Valid.Last(e => e.Operation.Body is not null).Operation.Body!;

    /// <summary>
    /// Every key that rightfully signed the repo at some time, the present one first, each once. A commit that was made before the
    /// last change of key is signed by one of the others. Keys of nullified operations are not among them.
    /// </summary>
    public IReadOnlyList<PublicKey> SigningKeysNewestFirst =>
        [.. Valid.Reverse().Select(e => e.Operation.Body?.SigningKey).OfType<PublicKey>().Distinct()];

    /// <summary>
    /// The identity as if nothing after this operation had been done: what an operation is planned from that overrules the later ones.
    /// </summary>
    /// <exception cref="ArgumentException">No operation that counts has this CID.</exception>
    public PlcHistory AsOf(Cid cid)
    {
        var at = Entries.ToList().FindIndex(entry => entry.Cid == cid && !entry.Nullified);
        return at >= 0 ? new PlcHistory(Did, [.. Entries.Take(at + 1)]) : throw new ArgumentException($"No valid operation is named {cid}.", nameof(cid));
    }

    /// <summary>The identity as it will be once the directory has taken this operation: to plan what follows it.</summary>
    /// <param name="next">Must follow <see cref="Head"/> and be signed by one of its rotation keys.</param>
    public PlcHistory FollowedBy(SignedPlcOperation next, DateTimeOffset now)
    {
        var keys = Current.RotationKeys;
        var signer = next.Prev == Head.Cid ? next.FindSigner(keys) : -1;
        return signer >= 0
            ? new PlcHistory(Did, [.. Entries, new PlcLogEntry(next, now, Nullified: false, Crypto.PublicKey.ParseDidKey(keys[signer]), signer)])
            : throw new ArgumentException("It does not follow the head, or none of the head's keys signed it.", nameof(next));
    }

    /// <summary>The entry with this CID, nullified or not.</summary>
    public PlcLogEntry? Find(Cid cid) => Entries.FirstOrDefault(e => e.Cid == cid);
}
