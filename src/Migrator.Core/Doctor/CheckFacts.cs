using System.Text.Json.Serialization;

namespace Migrator.Core.Doctor;

/// <summary>Who the account is, by its DID document and, for did:plc, its replayed log.</summary>
/// <param name="Handle">The handle that the document claims.</param>
/// <param name="HandleLeadsBack">Whether the handle leads to the DID; null where that could not be looked up.</param>
/// <param name="Pds">The server that the document names.</param>
/// <param name="SigningKey">did:key of <c>#atproto</c>.</param>
/// <param name="RotationKeys">did:key of who may change the identity, strongest first; empty for did:web.</param>
/// <param name="Operations">Entries of the log, nullified ones too; 0 for did:web.</param>
/// <param name="Ended">The identity was tombstoned.</param>
public sealed record IdentityFacts(
    string? Handle, bool? HandleLeadsBack, string? Pds, string? SigningKey, IReadOnlyList<string> RotationKeys,
    int Operations, DateTimeOffset? LastOperation, bool Ended);

/// <summary>A repository of which every block, the tree and every record were checked.</summary>
/// <param name="Commit">CID of the head.</param>
/// <param name="Data">CID of the tree of records: equal for equal sets of records.</param>
/// <param name="WrittenAt">The time that <paramref name="Rev"/> tells.</param>
/// <param name="SignedBy">did:key that fits the signature; null where none could be tried.</param>
/// <param name="KeySource">Where the keys that were tried come from, in words.</param>
/// <param name="Bytes">Bytes of all blocks.</param>
/// <param name="FileBytes">Bytes of the CAR file.</param>
/// <param name="UnreferencedBlocks">Blocks in the file that belong to nothing.</param>
/// <param name="Collections">Records by collection.</param>
/// <param name="RecordsDigest">
/// SHA-256, as hex, over path and CID (36 bytes) of every record in the order of paths; null where it was not made. Two programs that
/// list the same records find the same.
/// </param>
public sealed record RepoFacts(
    string Commit, string Data, string Rev, DateTimeOffset WrittenAt, string? SignedBy, SignerStanding Signer, string KeySource,
    long Records, long Blocks, long Bytes, long FileBytes, long UnreferencedBlocks, IReadOnlyDictionary<string, long> Collections,
    string? RecordsDigest = null);

[JsonConverter(typeof(CamelCaseEnum<SignerStanding>))]
public enum SignerStanding
{
    /// <summary>The key that the identity names now, or the one that was given.</summary>
    Current,

    /// <summary>A key that the identity named before: rightful when the commit was made.</summary>
    Earlier,

    /// <summary>No key was at hand to try.</summary>
    Unchecked,
}

/// <summary>The files (blobs) that records refer to.</summary>
/// <param name="Referenced">Different CIDs.</param>
/// <param name="ReferencedBytes">Their sizes as the records say, where they do.</param>
/// <param name="Asked">How many of them the server was asked for; 0 for a file alone.</param>
/// <param name="Hashed">They were read whole and hashed, not only asked for.</param>
/// <param name="Missing">Of those asked: not served, or with other bytes.</param>
/// <param name="List">The missing ones, cut at <see cref="BlobFacts.MostListed"/>.</param>
/// <param name="Unknown">Of those asked: the server gave no answer that says whether it has them.</param>
public sealed record BlobFacts(
    long Referenced, long ReferencedBytes, long Asked, bool Hashed, long Missing, IReadOnlyList<MissingFile> List, long Unknown = 0)
{
    public const int MostListed = 1000;
}

/// <param name="UsedBy">Path of the first record that refers to it.</param>
public sealed record MissingFile(string Cid, string UsedBy, string Reason);

/// <summary>What a server says to anyone about the account.</summary>
/// <param name="Status">The server's own word where it is not open.</param>
/// <param name="Commit">CID of its head, while open.</param>
/// <param name="Difference">How its records differ from those at the server that the identity names; null where not compared.</param>
/// <param name="Message">Why nothing is known, for one that did not answer.</param>
public sealed record HostFacts(
    string Pds, HostRole Role, HostState State, string? Status = null, string? Commit = null, HostDifference? Difference = null,
    string? Message = null);

/// <param name="OnlyHere">Records that this server has and the named one lacks.</param>
/// <param name="OnlyThere">Records that the named server has and this one lacks.</param>
/// <param name="Changed">Records that both have with different content.</param>
public sealed record HostDifference(long OnlyHere, long OnlyThere, long Changed)
{
    public bool IsNone => OnlyHere + OnlyThere + Changed == 0;
}

[JsonConverter(typeof(CamelCaseEnum<HostRole>))]
public enum HostRole
{
    /// <summary>The identity names it now.</summary>
    Named,

    /// <summary>The identity named it before.</summary>
    Earlier,

    /// <summary>The person named it.</summary>
    Given,
}

[JsonConverter(typeof(CamelCaseEnum<HostState>))]
public enum HostState
{
    Open,

    /// <summary>Switched off by its owner, or made and never switched on: what a half-made move leaves.</summary>
    Deactivated,

    /// <summary>Taken down, suspended, or in another state that its owner cannot leave.</summary>
    Withheld,

    NoAccount,
    Unreachable,
}
