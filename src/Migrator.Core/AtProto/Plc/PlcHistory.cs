using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Plc;

/// <summary>
/// The whole life of an identity, replayed from its first operation with every signature and rule checked.
/// Made only by <see cref="PlcAuditLog.Replay"/>.
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

    /// <summary>The entry with this CID, nullified or not.</summary>
    public PlcLogEntry? Find(Cid cid) => Entries.FirstOrDefault(e => e.Cid == cid);
}
