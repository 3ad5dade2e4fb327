using System.Security.Cryptography;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Backups;

/// <summary>
/// Writes the snapshot of a verified repo into one vault: the CAR files that it lacks, the pages of the list of blobs, and the manifest
/// last. Everything that the manifest names is in the vault before.
/// </summary>
internal sealed class SnapshotWriter(RunContext run, IManifestSigner signer)
{
    private const int PagesAtOnce = 16;

    /// <summary>Stores the CAR files of the local copy that the vault does not have.</summary>
    public async Task StoreRepoAsync(VaultSide vault, CancellationToken ct)
    {
        var chain = run.State.Chain;
        for (var i = 0; i < chain.Count && vault.IsWorking; i++)
        {
            run.Report(BackupStage.StoringRepo, i, chain.Count);
            var car = chain[i];
            await using var file = PrivateFile.OpenRead(run.Folder.PathOf(car.File));
            await vault.PutAsync(ContentOf(car), () => car.Length, (content, cancel) => file.CopyToAsync(content, cancel), ct).ConfigureAwait(false);
        }
    }

    /// <returns>
    /// The new snapshot; or the newest one when the vault has exactly this already; null when the vault is in trouble.
    /// </returns>
    public async Task<SnapshotSummary?> FinishAsync(
        VaultSide vault, VerifiedRepo repo, string rev, IReadOnlyDictionary<Cid, AbsentBlob> absent, ManifestPreferences preferences, CancellationToken ct)
    {
        var used = new UsedObjects(vault.Folder.AccountId);
        var chain = FindChain(vault, used);
        var blobs = await StorePagesAsync(vault, repo, absent, used, ct).ConfigureAwait(false);
        if (blobs is null || !vault.IsWorking) return null;

        var mark = ContentMark.Of(vault.Folder, run.State, preferences);
        if (vault is { NewBytes: 0, Newest: { Damage: null } same } && same.Commit == repo.Commit.Cid && same.ContentMark == mark
            && (same.Blobs, same.AbsentBlobs) == (blobs.Count, blobs.Absent))
        {
            return same;
        }
        var takenAt = run.Now.ToUniversalTime();
        takenAt = takenAt.AddTicks(-(takenAt.Ticks % TimeSpan.TicksPerSecond));
        var folder = vault.Folder;
        var manifest = new SnapshotManifest(
            SnapshotManifest.CurrentVersion, vault.Id, folder.AccountId, run.Order.Did, run.State.Handle, run.State.Pds, takenAt,
            vault.Newest is { } newest ? BackupLayout.Relative(folder.AccountId, newest.Name) : null,
            new ManifestRepo(
                rev, repo.Commit.Cid, repo.Commit.Data, repo.Commit.SignedBy.DidKey, repo.Bytes,
                repo.RecordsByCollection.OrderBy(item => item.Key, StringComparer.Ordinal).ToDictionary(), chain),
            blobs, preferences, run.State.Identity);
        var summary = new SnapshotSummary(
            folder.AccountId, BackupLayout.NewSnapshotName(folder.AccountId, takenAt), takenAt, run.Order.Did, run.State.Handle?.ToString(),
            run.State.Pds, rev, repo.Commit.Cid, repo.Commit.Data, repo.Records, blobs.Count, blobs.Bytes, blobs.Absent,
            preferences.Value is not null, mark,
            [.. chain.Select(car => new ChainLink(car.Object.Name, car.Kind, car.Host, car.Rev, car.Since, car.PlainLength))],
            vault.NewBytes, used.Bytes, ShrinkGuard.Judge(vault.Newest, repo.Records, blobs.Count, run.Order.Limits));
        return await vault.CommitAsync(
            summary, used.Names, ManifestFile.Write(manifest, signer), ct).ConfigureAwait(false);
    }

    private static ObjectContent ContentOf(CachedCar car) => new(ObjectKind.Car, car.Sha256);

    private List<ManifestCar> FindChain(VaultSide vault, UsedObjects used)
    {
        var chain = new List<ManifestCar>();
        foreach (var car in run.State.Chain)
        {
            if (!vault.TryFind(ContentOf(car), out var stored)) continue; // the vault is in trouble, which the caller sees
            chain.Add(new ManifestCar(used.Add(stored), car.Kind, car.Host, car.Rev, car.Since, car.Length, car.Sha256));
        }
        return chain;
    }

    private static async Task<ManifestBlobs?> StorePagesAsync(
        VaultSide vault, VerifiedRepo repo, IReadOnlyDictionary<Cid, AbsentBlob> absent, UsedObjects used, CancellationToken ct)
    {
        long count = 0, bytes = 0, missing = 0;
        var pages = new List<SealedObject>();
        // Each is small, and waits for the disk: several at once wait together.
        foreach (var group in BlobPages.Cut(repo.Blobs, Find).Chunk(PagesAtOnce))
        {
            foreach (var stored in await Task.WhenAll(group.Select(page => StorePageAsync(vault, page, ct))).ConfigureAwait(false))
            {
                if (stored is null) return null;
                pages.Add(used.Add(stored));
            }
        }
        return new ManifestBlobs(count, bytes, missing, pages);

        (BlobPlace?, SealedObject?, AbsentBlob?) Find(BlobReference blob)
        {
            if (vault.FindBlob(blob.Cid) is { } place)
            {
                count++;
                bytes += place.Length;
                return (place, used.Add(place.Object), null);
            }
            missing++;
            return (null, null, absent.TryGetValue(blob.Cid, out var why)
                ? why
                : new AbsentBlob(BlobAbsence.Missing, "It could not be stored in this vault.", blob.FirstPath));
        }
    }

    private static Task<StoredObject?> StorePageAsync(VaultSide vault, BlobPage page, CancellationToken ct)
    {
        var json = StrictJson.Write(page);
        var content = new ObjectContent(ObjectKind.BlobPage, Convert.ToHexStringLower(SHA256.HashData(json)));
        return vault.PutAsync(content, () => json.Length, (stream, cancel) => stream.WriteAsync(json, cancel).AsTask(), ct);
    }

    /// <summary>Everything that a snapshot names, each once.</summary>
    private sealed class UsedObjects(string accountId)
    {
        private readonly Dictionary<string, SealedObject> _objects = new(StringComparer.Ordinal);

        public long Bytes { get; private set; }

        public IReadOnlyCollection<string> Names => _objects.Keys;

        public SealedObject Add(StoredObject stored)
        {
            if (_objects.TryGetValue(stored.Name, out var known)) return known;
            Bytes += stored.Length;
            return _objects[stored.Name] = new SealedObject(BackupLayout.Relative(accountId, stored.Name), stored.Length, stored.Sha256);
        }
    }
}
