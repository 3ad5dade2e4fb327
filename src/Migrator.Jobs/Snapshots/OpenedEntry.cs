using Migrator.Core.AtProto.Repo;
using Migrator.Core.Backups;
using Migrator.Core.Vaults;

namespace Migrator.Jobs.Snapshots;

/// <summary>
/// An opened snapshot with its unsealed files, counted by who looks at it: it is closed when it was dropped and nobody looks.
/// </summary>
internal sealed class OpenedEntry(OpenedSnapshot snapshot, VerifiedRepo repo, IVault vault, string folder, DateTimeOffset openedAt)
{
    private readonly Lock _guard = new();
    private readonly Lazy<IReadOnlyList<BlobReference>> _blobs =
        new(() => [.. repo.Blobs.OrderBy(blob => blob.FirstPath, StringComparer.Ordinal).ThenBy(blob => blob.Cid)]);
    private int _users;
    private bool _dropped;
    private bool _closed;

    public OpenedSnapshot Snapshot => snapshot;

    public VerifiedRepo Repo => repo;

    /// <summary>Ordered once, for page after page.</summary>
    public IReadOnlyList<BlobReference> Blobs => _blobs.Value;

    public DateTimeOffset UsedAt { get; private set; } = openedAt;

    /// <returns>False where it was closed meanwhile.</returns>
    public bool TryUse(DateTimeOffset now)
    {
        lock (_guard)
        {
            if (_dropped)
                return false;
            _users++;
            UsedAt = now;
            return true;
        }
    }

    public void Release()
    {
        lock (_guard)
            _users--;
        CloseIfUnused();
    }

    public void Drop()
    {
        lock (_guard)
            _dropped = true;
        CloseIfUnused();
    }

    private void CloseIfUnused()
    {
        lock (_guard)
        {
            if (!_dropped || _users > 0 || _closed)
                return;
            _closed = true;
        }

        repo.Dispose();
        snapshot.Dispose();
        // Nothing waits for a vault that is only read: letting go of its connections may end a little later.
        _ = vault.DisposeAsync().AsTask();
        Directory.Delete(folder, recursive: true);
    }
}
