using System.Text.Json;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Backups;

/// <summary>What is known of an account's source between runs. Public facts; losing it costs a full export, nothing else.</summary>
/// <param name="Did">Whose.</param>
/// <param name="Pds">Its server when the identity was read last.</param>
/// <param name="Handle">Its verified handle then.</param>
/// <param name="Identity">Document and operation log.</param>
/// <param name="Chain">The verified CAR files in the folder, in order; empty when there are none.</param>
/// <param name="Commit">The commit that they lead to.</param>
/// <param name="AbsentAskedAt">When all absent blobs were asked for last.</param>
internal sealed record SourceState(
    Did Did, Uri Pds, Handle? Handle, ManifestIdentity Identity, IReadOnlyList<CachedCar> Chain, Cid? Commit, DateTimeOffset? AbsentAskedAt);

/// <summary>A CAR file in the account's cache folder.</summary>
/// <param name="File">Its name there.</param>
/// <param name="Kind">Whole, or what changed.</param>
/// <param name="Host">Where it came from.</param>
/// <param name="Rev">The server's rev just before it was exported: the next delta is asked since this.</param>
/// <param name="Since">What it was asked since.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Sha256">64 hex digits.</param>
internal sealed record CachedCar(string File, CarKind Kind, string Host, string Rev, string? Since, long Length, string Sha256);

/// <summary>An absent blob and when it was asked for.</summary>
internal sealed record KnownAbsence(Cid Cid, AbsentBlob Absent, DateTimeOffset AskedAt);
