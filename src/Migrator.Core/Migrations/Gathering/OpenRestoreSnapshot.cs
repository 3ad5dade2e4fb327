using Migrator.Core.Age;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Backups;
using Migrator.Core.Vaults;

namespace Migrator.Core.Migrations.Gathering;

/// <summary>A snapshot that a restore reads from, with its list of blobs once it was read.</summary>
internal sealed class OpenRestoreSnapshot(IVault vault, OpenedSnapshot snapshot, IReadOnlyList<AgeIdentity> identities) : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private Dictionary<Cid, Backups.BlobEntry>? _blobs;

    public OpenedSnapshot Snapshot => snapshot;

    /// <summary>Every blob that the snapshot has, by CID.</summary>
    public async Task<IReadOnlyDictionary<Cid, Backups.BlobEntry>> BlobsAsync(CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            if (_blobs is not null)
                return _blobs;
            var blobs = new Dictionary<Cid, Backups.BlobEntry>();
            await foreach (var blob in snapshot.ListBlobsAsync(ct))
            {
                if (blob.Object is not null)
                    blobs[blob.Cid] = blob;
            }

            return _blobs = blobs;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The bytes are hashed on the way; who copies compares what the target stored.</summary>
    public async Task<XrpcResult<XrpcStream>> OpenBlobAsync(Cid cid, CancellationToken ct)
    {
        try
        {
            if (!(await BlobsAsync(ct)).TryGetValue(cid, out var blob))
                return GatheredAccountSource.Missing("The snapshot does not hold it.");
            return XrpcResult.Ok(new XrpcStream(await snapshot.OpenBlobAsync(blob, ct), blob.Mime, blob.Size));
        }
        catch (Exception problem) when (problem is SnapshotFaultException or VaultException)
        {
            throw RestoreSnapshots.Explain(snapshot.Name, problem);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await vault.DisposeAsync();
        snapshot.Dispose();
        foreach (var identity in identities)
            identity.Dispose();
        _gate.Dispose();
    }
}
