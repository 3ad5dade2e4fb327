using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Plc;

/// <summary>One operation of an identity's life, verified.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="CreatedAt">When the directory took it.</param>
/// <param name="Nullified">A stronger key overruled it within 72 hours: it counts no more.</param>
/// <param name="SignedBy">The rotation key that signed it.</param>
/// <param name="SignedByIndex">
/// Where that key stood among the rotation keys of the operation before it (of its own, for the first): 0 is the strongest.
/// </param>
public sealed record PlcLogEntry(
    SignedPlcOperation Operation, DateTimeOffset CreatedAt, bool Nullified, PublicKey SignedBy, int SignedByIndex)
{
    public Cid Cid => Operation.Cid;
}
