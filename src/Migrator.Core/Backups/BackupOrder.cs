using Migrator.Core.Age;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Vaults;

namespace Migrator.Core.Backups;

/// <summary>One run of a backup: whose account, sealed to whom, into which vaults.</summary>
/// <param name="Did">The account. Its server is looked up; it is followed when it moves.</param>
/// <param name="Vaults">At least one; what fails in one does not stop the others.</param>
/// <param name="Recipients">Who will be able to open it: 1 to 20 public keys.</param>
/// <param name="Session">Tokens of the owner, an app password is enough: for the preferences, and to read a deactivated account.</param>
public sealed record BackupOrder(
    Did Did, IReadOnlyList<BackupVault> Vaults, IReadOnlyList<X25519Recipient> Recipients, ISessionVault? Session)
{
    public BackupLimits Limits { get; init; } = new();

    /// <summary>Told now and then, from any thread.</summary>
    public IProgress<BackupProgress>? Progress { get; init; }
}

/// <param name="Id">The vault's id, as its marker object has it.</param>
/// <param name="Vault">Open; stays the caller's to dispose.</param>
public sealed record BackupVault(Guid Id, IVault Vault);

/// <summary>What a run may cost, and when it looks again at what seldom changes.</summary>
public sealed record BackupLimits
{
    /// <value>Blobs under way at once. Default 8.</value>
    public int BlobsAtOnce { get; init; } = 8;

    /// <value>Largest repo export that is taken. Default 20 GB.</value>
    public long LargestRepo { get; init; } = 20_000_000_000;

    /// <value>The identity is looked up again after this time even if the known server answers. Default 24 hours.</value>
    public TimeSpan IdentityEvery { get; init; } = TimeSpan.FromHours(24);

    /// <value>Blobs that the server did not have are asked for again after this time. Default 24 hours.</value>
    public TimeSpan AbsentBlobsEvery { get; init; } = TimeSpan.FromHours(24);

    /// <value>Deltas on top of one full export; then a full one is stored again, made from the local copy. Default 30.</value>
    public int MostDeltas { get; init; } = 30;

    /// <value>All deltas together, as a share of the full export they stand on. Default 0.5.</value>
    public double LargestDeltaShare { get; init; } = 0.5;

    /// <value>Records or blobs fewer by more than this share are a sudden shrink. Default 0.3.</value>
    public double ShrinkShare { get; init; } = 0.3;

    /// <value>Below so many records or blobs before, no shrink is called sudden. Default 20.</value>
    public int ShrinkFloor { get; init; } = 20;
}

/// <param name="Stage">What is being done.</param>
/// <param name="Done">Blobs (or bytes, for the repo) so far.</param>
/// <param name="Total">Of how many; null when unknown.</param>
public sealed record BackupProgress(BackupStage Stage, long Done, long? Total);

public enum BackupStage
{
    Looking,
    FetchingRepo,
    CheckingRepo,
    StoringRepo,
    StoringBlobs,
    Finishing,
}
