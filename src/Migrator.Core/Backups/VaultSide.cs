using System.Collections.Concurrent;
using System.Security.Cryptography;
using Migrator.Core.Age;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Vaults;

namespace Migrator.Core.Backups;

/// <summary>
/// One vault in one run: what is in it already, and how new content gets in. The first trouble of the vault ends its part of the run;
/// the other vaults go on.
/// </summary>
internal sealed class VaultSide(BackupOrder order, BackupVault target, IBackupIndex index, TimeProvider time)
{
    private const int WriteIndexAt = 64;
    private static readonly TimeSpan UnfinishedFor = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, StoredObject> _good = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, StoredObject> _newest = new(StringComparer.Ordinal);
    private readonly PackedBlobs _packed = new();
    private readonly List<StoredObject> _unwritten = [];
    private readonly SemaphoreSlim _indexGate = new(1);
    private long _newBytes;
    private int _healed;
    private VaultException? _trouble;

    public Guid Id => target.Id;

    public IVault Vault => target.Vault;

    public AccountFolder Folder { get; private set; } = null!;

    /// <summary>The newest complete snapshot in the folder before this run.</summary>
    public SnapshotSummary? Newest { get; set; }

    /// <summary>What stopped this vault's part; null while nothing did.</summary>
    public VaultException? Trouble => _trouble;

    public bool IsWorking => _trouble is null;

    public long NewBytes => Interlocked.Read(ref _newBytes);

    public int Healed => _healed + _packed.Healed;

    /// <summary>Makes sure that it is the right vault, and learns what is in it.</summary>
    public Task OpenAsync(CancellationToken ct) => GuardAsync(async () =>
    {
        await VaultMarker.ConfirmAsync(Vault, Id, ct).ConfigureAwait(false);
        var sealedTo = AccountFolder.FingerprintOf(order.Recipients);
        Folder = await index.FindFolderAsync(Id, order.Did, sealedTo, ct).ConfigureAwait(false)
            ?? await index.AddFolderAsync(AccountFolder.Create(Id, order.Did, order.Recipients, time.GetUtcNow()), ct).ConfigureAwait(false);
        await SettleUnfinishedAsync(ct).ConfigureAwait(false);
        Newest = await index.FindNewestAsync(Folder.AccountId, ct).ConfigureAwait(false);
        var objects = await index.ListObjectsAsync(Folder.AccountId, ct).ConfigureAwait(false);
        foreach (var known in objects)
        {
            _newest.AddOrUpdate(known.Content.Key, known, (_, other) => other.Generation > known.Generation ? other : known);
            if (known.Health == ObjectHealth.Good) _good[known.Content.Key] = known;
        }
        if (objects.Any(known => known.Content.Kind == ObjectKind.Pack))
            _packed.Load(objects, await index.ListPackedAsync(Folder.AccountId, ct).ConfigureAwait(false));
    });

    public bool TryFind(ObjectContent content, out StoredObject stored) => _good.TryGetValue(content.Key, out stored!);

    /// <summary>Where a blob is, in a pack or an object of its own; null when this vault does not have it.</summary>
    public BlobPlace? FindBlob(Cid cid)
    {
        var content = ObjectContent.OfBlob(cid);
        if (_packed.Find(content) is { } packed) return packed;
        return _good.TryGetValue(content.Key, out var own) ? new BlobPlace(own, null, own.PlainLength) : null;
    }

    /// <summary>Stores a pack. What is in it counts as stored when this has returned and the vault is not in trouble.</summary>
    /// <param name="fill">Adds blobs, one at least.</param>
    /// <param name="ct">Stops it.</param>
    public Task PutPackAsync(Func<PackWriter, CancellationToken, Task> fill, CancellationToken ct) => GuardAsync(async () =>
    {
        var name = BackupLayout.NewPackName(Folder.AccountId);
        PackWriter? pack = null;
        var receipt = await SealedWriter.PutAsync(
            Vault, name, order.Recipients, SpareBatches.None, (content, cancel) => fill(pack = new PackWriter(content, name), cancel), ct)
            .ConfigureAwait(false);
        var now = time.GetUtcNow();
        var stored = new StoredObject(
            name, pack!.Content, pack.Length, receipt.Length, Convert.ToHexStringLower(receipt.Sha256), 0, now, ObjectHealth.Good, now);
        Interlocked.Add(ref _newBytes, receipt.Length);
        // It is there: whoever cancels now cancels too late. A pack without this note is swept away some time.
        await index.AddPackAsync(Folder.AccountId, stored, pack.Blobs, CancellationToken.None).ConfigureAwait(false);
        _packed.Add(stored, pack.Blobs);
    });

    /// <summary>Stores content unless it is there.</summary>
    /// <param name="content">Its identity.</param>
    /// <param name="plainLength">Tells its length, after <paramref name="write"/>.</param>
    /// <param name="write">Writes it; what it throws, other than the vault's own trouble, passes through.</param>
    /// <param name="ct">Stops it.</param>
    /// <returns>The object; null when the vault is in trouble.</returns>
    public async Task<StoredObject?> PutAsync(
        ObjectContent content, Func<long> plainLength, Func<Stream, CancellationToken, Task> write, CancellationToken ct)
    {
        if (_good.TryGetValue(content.Key, out var known)) return known;
        StoredObject? stored = null;
        await GuardAsync(async () =>
        {
            var generation = _newest.TryGetValue(content.Key, out var before) ? before.Generation + 1 : 0;
            var name = BackupLayout.NameOf(Folder, content, generation);
            VaultReceipt receipt;
            try
            {
                receipt = await SealedWriter.PutAsync(Vault, name, order.Recipients, write, ct).ConfigureAwait(false);
            }
            catch (VaultException fault) when (fault.Fault == VaultFault.AlreadyThere)
            {
                // A run that was killed left it, whole; only the note is missing. The name is keyed and says what is inside.
                receipt = await HashStoredAsync(name, ct).ConfigureAwait(false);
            }
            var now = time.GetUtcNow();
            stored = new StoredObject(
                name, content, plainLength(), receipt.Length, Convert.ToHexStringLower(receipt.Sha256), generation, now, ObjectHealth.Good, now);
            Interlocked.Add(ref _newBytes, receipt.Length);
            if (generation > 0) Interlocked.Increment(ref _healed);
            await NoteAsync(stored, ct).ConfigureAwait(false);
            _good[content.Key] = stored;
        }).ConfigureAwait(false);
        return stored;
    }

    /// <summary>Writes to the index what has not been written there yet.</summary>
    public async Task FlushAsync(CancellationToken ct)
    {
        await _indexGate.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            if (_unwritten.Count == 0) return;
            await index.AddObjectsAsync(Folder.AccountId, _unwritten, ct).ConfigureAwait(false);
            _unwritten.Clear();
        }
        finally
        {
            _indexGate.Release();
        }
    }

    /// <summary>Puts the manifest, last of all, and makes the snapshot count.</summary>
    public async Task<SnapshotSummary?> CommitAsync(
        SnapshotSummary summary, IReadOnlyCollection<string> objects, byte[] manifest, CancellationToken ct)
    {
        SnapshotSummary? done = null;
        await GuardAsync(async () =>
        {
            await FlushAsync(ct).ConfigureAwait(false);
            await index.BeginSnapshotAsync(summary, objects, ct).ConfigureAwait(false);
            var receipt = await SealedWriter.PutAsync(
                Vault, summary.Name, order.Recipients, (stream, cancel) => stream.WriteAsync(manifest, cancel).AsTask(), ct).ConfigureAwait(false);
            var hash = Convert.ToHexStringLower(receipt.Sha256);
            // The manifest is there: whoever cancels now cancels too late.
            await index.CompleteSnapshotAsync(Folder.AccountId, summary.Name, receipt.Length, hash, CancellationToken.None).ConfigureAwait(false);
            done = summary with
            {
                ManifestLength = receipt.Length,
                ManifestSha256 = hash,
                Stage = SnapshotStage.Complete,
                VerifiedAt = summary.TakenAt,
                NewBytes = summary.NewBytes + receipt.Length,
                TotalBytes = summary.TotalBytes + receipt.Length,
            };
        }).ConfigureAwait(false);
        return done;
    }

    /// <summary>Remembers the vault's trouble instead of throwing it.</summary>
    public void Fail(VaultException trouble) => Interlocked.CompareExchange(ref _trouble, trouble, null);

    private async Task GuardAsync(Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (VaultException trouble)
        {
            Fail(trouble);
        }
    }

    private async Task NoteAsync(StoredObject stored, CancellationToken ct)
    {
        bool isTime;
        await _indexGate.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            _unwritten.Add(stored);
            isTime = _unwritten.Count >= WriteIndexAt;
        }
        finally
        {
            _indexGate.Release();
        }
        if (isTime) await FlushAsync(ct).ConfigureAwait(false);
    }

    /// <summary>A run that was killed while it put a manifest: the vault says whether it got there.</summary>
    private async Task SettleUnfinishedAsync(CancellationToken ct)
    {
        foreach (var snapshot in await index.ListSnapshotsAsync(Folder.AccountId, ct).ConfigureAwait(false))
        {
            if (snapshot.Stage != SnapshotStage.Writing) continue;
            if (await Vault.FindAsync(snapshot.Name, ct).ConfigureAwait(false) is null)
            {
                // Another machine may be writing it this moment; a row that stays too long does no harm.
                if (time.GetUtcNow() - snapshot.TakenAt < UnfinishedFor && snapshot.TakenAt <= time.GetUtcNow()) continue;
                await index.RemoveSnapshotAsync(Folder.AccountId, snapshot.Name, ct).ConfigureAwait(false);
                continue;
            }
            var receipt = await HashStoredAsync(snapshot.Name, ct).ConfigureAwait(false);
            await index.CompleteSnapshotAsync(
                Folder.AccountId, snapshot.Name, receipt.Length, Convert.ToHexStringLower(receipt.Sha256), ct).ConfigureAwait(false);
        }
    }

    private async Task<VaultReceipt> HashStoredAsync(string name, CancellationToken ct)
    {
        var stored = await Vault.OpenAsync(name, ct).ConfigureAwait(false);
        await using (stored.ConfigureAwait(false))
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var piece = new byte[1 << 17];
            long length = 0;
            int count;
            while ((count = await stored.ReadAsync(piece, ct).ConfigureAwait(false)) > 0)
            {
                hash.AppendData(piece, 0, count);
                length += count;
            }
            return new VaultReceipt(name, length, hash.GetHashAndReset());
        }
    }
}
