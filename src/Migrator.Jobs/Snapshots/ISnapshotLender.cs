using Migrator.Core.Backups;
using Migrator.Core.Vaults;
using Migrator.Jobs.Migrations;

namespace Migrator.Jobs.Snapshots;

/// <summary>Opens snapshots for work that takes longer than a look: with keys of its own, so that it ends when it ends.</summary>
public interface ISnapshotLender
{
    /// <summary>
    /// Opens a snapshot of the owner's. Invalid where the key does not fit or is missing; unavailable where the vault cannot be read or
    /// the manifest is damaged.
    /// </summary>
    Task<ServiceResult<LentSnapshot>> LendAsync(string owner, SnapshotKey key, string snapshotId, CancellationToken ct);
}

/// <summary>What opens a snapshot: the key that a browser session gave, or the text of one.</summary>
/// <param name="Session">As for <see cref="ISnapshotBrowser"/>.</param>
/// <param name="PrivateKey"><c>AGE-SECRET-KEY-1…</c>, or an identity file.</param>
public sealed record SnapshotKey(string? Session, string? PrivateKey)
{
    public override string ToString() => nameof(SnapshotKey);
}

/// <summary>An open snapshot with its keys and an empty folder of its own. Dispose it: the keys are wiped and the folder goes.</summary>
public sealed class LentSnapshot : IAsyncDisposable
{
    private readonly IVault _vault;
    private readonly IReadOnlyList<IDisposable> _keys;

    internal LentSnapshot(OpenedSnapshot snapshot, IVault vault, IReadOnlyList<IDisposable> keys, string folder) =>
        (Snapshot, _vault, _keys, Folder) = (snapshot, vault, keys, folder);

    public OpenedSnapshot Snapshot { get; }

    /// <summary>Only the service can look into it.</summary>
    public string Folder { get; }

    public async ValueTask DisposeAsync()
    {
        await _vault.DisposeAsync();
        Snapshot.Dispose();
        foreach (var key in _keys)
            key.Dispose();
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }
}
