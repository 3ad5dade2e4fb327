using System.Text.Json;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Backups;

/// <summary>
/// What a snapshot is: the first line of the object under <c>snapshots/</c>, which is written last and so makes everything before it count.
/// The format is described in <c>docs/design/backup-format.md</c>; names here in camelCase are its field names.
/// </summary>
/// <param name="Version">1 or 2; see <see cref="CurrentVersion"/>. A reader refuses every other.</param>
/// <param name="Vault">Id of the vault it was written to.</param>
/// <param name="Account">Name of the account's folder in it.</param>
/// <param name="Did">Whose account it is.</param>
/// <param name="Handle">The handle then, if it led to the DID and back.</param>
/// <param name="Pds">Scheme, host and port of the server it was taken from.</param>
/// <param name="TakenAt">UTC, by the clock of the service that took it.</param>
/// <param name="Predecessor">Name of the manifest before it, relative to the account's folder; null for the first.</param>
/// <param name="Repo">All records.</param>
/// <param name="Blobs">All files that records refer to.</param>
/// <param name="Preferences">App preferences.</param>
/// <param name="Identity">Who the account was, with proof.</param>
public sealed record SnapshotManifest(
    int Version,
    Guid Vault,
    string Account,
    Did Did,
    Handle? Handle,
    Uri Pds,
    DateTimeOffset TakenAt,
    string? Predecessor,
    ManifestRepo Repo,
    ManifestBlobs Blobs,
    ManifestPreferences Preferences,
    ManifestIdentity Identity)
{
    /// <summary>What is written. In version 1 there were no packs: each blob was an object of its own.</summary>
    public const int CurrentVersion = 2;
}

/// <summary>The repo of a snapshot.</summary>
/// <param name="Rev">The rev that the server named.</param>
/// <param name="Commit">CID of the commit: the root of the last CAR file.</param>
/// <param name="Data">CID of the root of the record tree: equal exactly when all records are.</param>
/// <param name="SignedBy">The did:key that the commit's signature verifies with.</param>
/// <param name="Bytes">Bytes in the blocks that belong to the repo.</param>
/// <param name="Records">How many records each collection has.</param>
/// <param name="Chain">CAR files, oldest first: one full export, then deltas. Their blocks together hold the repo.</param>
public sealed record ManifestRepo(
    string Rev, Cid Commit, Cid Data, string SignedBy, long Bytes, IReadOnlyDictionary<string, long> Records, IReadOnlyList<ManifestCar> Chain);

/// <summary>One CAR file.</summary>
/// <param name="Object">Where it is.</param>
/// <param name="Kind">Whole, or what changed.</param>
/// <param name="Host">The server it was made by.</param>
/// <param name="Rev">Its rev then.</param>
/// <param name="Since">For a delta: what it was asked since.</param>
/// <param name="PlainLength">Bytes of the CAR file.</param>
/// <param name="PlainSha256">Of the CAR file.</param>
public sealed record ManifestCar(
    SealedObject Object, CarKind Kind, string Host, string Rev, string? Since, long PlainLength, string PlainSha256);

/// <summary>An age file in the vault.</summary>
/// <param name="Name">Relative to the account's folder: <c>objects/….age</c>.</param>
/// <param name="Length">Bytes as stored.</param>
/// <param name="Sha256">Of the bytes as stored, 64 lower-case hex digits.</param>
public sealed record SealedObject(string Name, long Length, string Sha256);

/// <summary>The blobs of a snapshot; the list itself is in pages of its own, so that a snapshot of many blobs that changed little is small.</summary>
/// <param name="Count">Blobs that are in the snapshot.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Absent">Blobs that records refer to and that are not.</param>
/// <param name="Pages">Objects that each hold a <see cref="BlobPage"/>. A blob stands in exactly one.</param>
public sealed record ManifestBlobs(long Count, long Bytes, long Absent, IReadOnlyList<SealedObject> Pages);

/// <summary>App preferences: private, so they are here only when the owner signed in for it.</summary>
/// <param name="Value">The JSON array as the server gave it; null when there is none.</param>
/// <param name="Reason">Why there is none.</param>
public sealed record ManifestPreferences(JsonElement? Value, string? Reason);

/// <summary>The identity when it was last looked up.</summary>
/// <param name="ReadAt">When that was.</param>
/// <param name="Document">The DID document.</param>
/// <param name="AuditLog">For a did:plc: every operation from the first on, as the directory's <c>/log/audit</c> has them.</param>
public sealed record ManifestIdentity(DateTimeOffset ReadAt, JsonElement Document, JsonElement? AuditLog);

/// <summary>A part of the list of blobs.</summary>
/// <param name="Version">1, or 2 when blobs may be in packs.</param>
/// <param name="Blobs">Ordered by the bytes of their CIDs.</param>
public sealed record BlobPage(int Version, IReadOnlyList<BlobEntry> Blobs)
{
    public const int CurrentVersion = 2;
}

/// <summary>A blob that records refer to: either <paramref name="Object"/> or <paramref name="Absent"/> is there.</summary>
/// <param name="Cid">The name of its bytes.</param>
/// <param name="Mime">What the server, or else the record, says it is.</param>
/// <param name="Size">Bytes; what the record says for one that is absent.</param>
/// <param name="Object">Where it is: a pack, or an object that holds nothing else.</param>
/// <param name="Absent">Why it is not.</param>
/// <param name="Offset">In a pack: where its bytes begin there, before sealing. Else null, or left out.</param>
public sealed record BlobEntry(Cid Cid, string? Mime, long? Size, SealedObject? Object, AbsentBlob? Absent, long? Offset = null);

/// <summary>Why a blob is not in a snapshot.</summary>
/// <param name="Why">In one word.</param>
/// <param name="Detail">The server's words, cut and cleaned, or ours.</param>
/// <param name="Path">The first record that refers to it.</param>
public sealed record AbsentBlob(BlobAbsence Why, string Detail, string Path);

public enum BlobAbsence
{
    /// <summary>The server does not have it.</summary>
    Missing,

    /// <summary>What the server sent are not the bytes that the CID names, twice.</summary>
    Damaged,

    /// <summary>Larger than the limit of this instance.</summary>
    TooLarge,
}
