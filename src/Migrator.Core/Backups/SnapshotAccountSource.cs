using System.Text.Json;
using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Backups;

/// <summary>
/// An account as a snapshot has it, for whoever copies accounts: what a living server answers, answered from the vault. Everything is
/// verified before it is given out.
/// </summary>
public sealed class SnapshotAccountSource : IAccountSource, IDisposable
{
    private const string RepoFile = "snapshot-repo.car";
    private const string Car = "application/vnd.ipld.car";

    private readonly OpenedSnapshot _snapshot;
    private readonly string _folder;
    private readonly SemaphoreSlim _gate = new(1);
    private Dictionary<Cid, BlobEntry>? _blobs;
    private string? _car;

    /// <param name="snapshot">From where.</param>
    /// <param name="workFolder">Exists; takes the unsealed repo twice and the blob under way. The caller empties it afterwards.</param>
    public SnapshotAccountSource(OpenedSnapshot snapshot, string workFolder) => (_snapshot, _folder) = (snapshot, workFolder);

    public Did Did => _snapshot.Manifest.Did;

    public string Name => $"the snapshot of {_snapshot.Manifest.TakenAt:yyyy-MM-dd HH:mm} UTC in {_snapshot.VaultName}";

    public Task<XrpcResult<RepoHead>> ReadHeadAsync(CancellationToken ct) =>
        Task.FromResult(XrpcResult.Ok(new RepoHead(_snapshot.Manifest.Repo.Commit, _snapshot.Manifest.Repo.Rev)));

    /// <summary>The whole repo as one CAR, whatever <paramref name="since"/> is: more than was asked for is no fault.</summary>
    /// <exception cref="SnapshotFaultException">The snapshot's repo is damaged; nothing is given out.</exception>
    public async Task<XrpcResult<XrpcStream>> OpenRepoAsync(string? since, CancellationToken ct)
    {
        await _gate.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            _car ??= await MakeCarAsync(ct).ConfigureAwait(false);
            var file = PrivateFile.OpenRead(_car);
            return XrpcResult.Ok(new XrpcStream(file, Car, file.Length));
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// The bytes of a blob, hashed before the first is given out. One that the snapshot does not have, or no longer has undamaged, is
    /// <see cref="XrpcFailure.Refused"/> with status 400 and the reason, as a server that lost it would answer.
    /// </summary>
    public async Task<XrpcResult<XrpcStream>> OpenBlobAsync(Cid cid, CancellationToken ct)
    {
        var blobs = await BlobsAsync(ct).ConfigureAwait(false);
        if (!blobs.TryGetValue(cid, out var blob) || blob.Object is null) return Refused($"The snapshot has no such blob: {blob?.Absent?.Detail}");
        var path = Path.Combine(_folder, $"blob-{cid}-{Guid.NewGuid():N}");
        try
        {
            await using (var content = await _snapshot.OpenBlobAsync(blob, ct).ConfigureAwait(false))
            {
                await using var file = PrivateFile.Create(path);
                await content.CopyToAsync(file, ct).ConfigureAwait(false);
            }
            // Deleted when it is closed: the name is not needed any more.
            var checkedBytes = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16,
                FileOptions.Asynchronous | FileOptions.DeleteOnClose | FileOptions.SequentialScan);
            return XrpcResult.Ok(new XrpcStream(checkedBytes, blob.Mime ?? "application/octet-stream", checkedBytes.Length));
        }
        catch (Exception fault) when (fault is SnapshotFaultException or BlobMismatchException)
        {
            File.Delete(path);
            return Refused($"The snapshot's copy of the blob is damaged: {fault.Message}");
        }
    }

    public Task<XrpcResult<JsonElement>> ReadPreferencesAsync(CancellationToken ct) => Task.FromResult(
        _snapshot.Preferences is { } preferences
            ? XrpcResult.Ok(preferences)
            : (XrpcResult<JsonElement>)Error($"The snapshot has no preferences: {_snapshot.Manifest.Preferences.Reason}"));

    public void Dispose() => _gate.Dispose();

    private async Task<string> MakeCarAsync(CancellationToken ct)
    {
        using var repo = await _snapshot.OpenRepoAsync(_folder, ct).ConfigureAwait(false);
        var path = Path.Combine(_folder, RepoFile);
        await using var file = PrivateFile.Create(path);
        repo.WriteFullCar(file, ct);
        return path;
    }

    private async Task<Dictionary<Cid, BlobEntry>> BlobsAsync(CancellationToken ct)
    {
        await _gate.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            if (_blobs is not null) return _blobs;
            var blobs = new Dictionary<Cid, BlobEntry>();
            await foreach (var blob in _snapshot.ListBlobsAsync(ct).ConfigureAwait(false)) blobs[blob.Cid] = blob;
            return _blobs = blobs;
        }
        finally
        {
            _gate.Release();
        }
    }

    private static XrpcResult<XrpcStream> Refused(string message) => Error(message);

    private static XrpcError Error(string message) =>
        new(XrpcFailure.Refused, 400, "InvalidRequest", message, null, new Uri("https://snapshot.invalid"), "snapshot");
}
