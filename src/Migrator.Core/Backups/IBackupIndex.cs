using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Backups;

/// <summary>
/// What the service remembers of the vaults, so that it never needs to read a sealed object. Each method is one transaction. The index
/// may be older than the vault (restored from a copy): names are random or keyed, so nothing in the vault is ever overwritten by that.
/// </summary>
public interface IBackupIndex
{
    /// <summary>The folder for this vault, account and set of recipients, or null when nothing was ever stored there.</summary>
    Task<AccountFolder?> FindFolderAsync(Guid vaultId, Did did, string sealedTo, CancellationToken ct);

    /// <summary>Stores a new folder; if another run was faster, gives that one instead. Unique on vault, DID and recipients.</summary>
    Task<AccountFolder> AddFolderAsync(AccountFolder folder, CancellationToken ct);

    /// <summary>
    /// The complete snapshot of a folder that was added last (not the one with the latest date: a clock may have been wrong).
    /// </summary>
    Task<SnapshotSummary?> FindNewestAsync(string accountId, CancellationToken ct);

    /// <summary>All snapshots of a folder, newest first, whatever their stage.</summary>
    Task<IReadOnlyList<SnapshotSummary>> ListSnapshotsAsync(string accountId, CancellationToken ct);

    /// <summary>All objects of a folder except manifests.</summary>
    Task<IReadOnlyList<StoredObject>> ListObjectsAsync(string accountId, CancellationToken ct);

    /// <summary>Remembers objects that are in the vault. An object of the same name is replaced.</summary>
    Task AddObjectsAsync(string accountId, IReadOnlyList<StoredObject> objects, CancellationToken ct);

    /// <summary>What is in the packs of a folder, whatever the health of the packs.</summary>
    Task<IReadOnlyList<PackedBlob>> ListPackedAsync(string accountId, CancellationToken ct);

    /// <summary>Remembers a pack that is in the vault, together with all that is in it.</summary>
    Task AddPackAsync(string accountId, StoredObject pack, IReadOnlyList<PackedBlob> blobs, CancellationToken ct);

    /// <summary>
    /// Remembers a snapshot in stage <see cref="SnapshotStage.Writing"/> with everything that it uses, before its manifest is put.
    /// </summary>
    /// <exception cref="ObjectGoneException">One of the objects is not in the index or is being deleted; nothing was written.</exception>
    Task BeginSnapshotAsync(SnapshotSummary snapshot, IReadOnlyCollection<string> objects, CancellationToken ct);

    /// <summary>The manifest is in the vault: the snapshot is complete, and verified at the time it was taken.</summary>
    Task CompleteSnapshotAsync(string accountId, string name, long manifestLength, string manifestSha256, CancellationToken ct);

    /// <summary>Forgets a snapshot: one whose manifest never got into the vault, or was deleted from it.</summary>
    Task RemoveSnapshotAsync(string accountId, string name, CancellationToken ct);

    /// <summary>Marks complete snapshots for deletion. Pinned ones are left out.</summary>
    Task MarkDeletingAsync(string accountId, IReadOnlyList<string> names, DateTimeOffset since, CancellationToken ct);

    /// <summary>
    /// Whether a snapshot is still marked and not pinned. Asked right before it is deleted: since it was listed a person may have thought
    /// better of it, or another worker have taken over.
    /// </summary>
    Task<bool> IsStillDeletingAsync(string accountId, string name, CancellationToken ct);

    /// <summary>Takes the mark off again.</summary>
    Task UnmarkDeletingAsync(string accountId, IReadOnlyList<string> names, CancellationToken ct);

    /// <summary>
    /// Notes what a look at objects and manifests showed. A snapshot is damaged (<see cref="SnapshotSummary.Damage"/> says by what) as long
    /// as its manifest or any object of it is not good, and verified when all of them were looked at to
    /// <see cref="VerifyDepth.Stored"/> or deeper: then <see cref="SnapshotSummary.VerifiedAt"/> is the oldest of these times.
    /// </summary>
    Task MarkCheckedAsync(string accountId, IReadOnlyList<ObjectCheck> checks, CancellationToken ct);

    /// <summary>A snapshot was opened with the key and everything in it proven.</summary>
    Task MarkOpenedAsync(string accountId, string name, DateTimeOffset at, CancellationToken ct);

    /// <summary>
    /// Takes objects that no snapshot of any stage uses and that were stored before a time: from now on they are
    /// <see cref="ObjectHealth.Deleting"/>. Also gives those that were taken earlier and not yet removed.
    /// </summary>
    Task<IReadOnlyList<StoredObject>> ClaimUnusedAsync(string accountId, DateTimeOffset storedBefore, CancellationToken ct);

    /// <summary>Forgets an object that was deleted from the vault, and if it was a pack what was in it.</summary>
    Task RemoveObjectAsync(string accountId, string name, CancellationToken ct);
}

/// <summary>An object that a snapshot was about to use is being deleted. The next run stores it anew.</summary>
public sealed class ObjectGoneException(string name) : Exception($"The object {name} is no longer there to be used.");
