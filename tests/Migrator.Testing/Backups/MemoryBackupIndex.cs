using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Backups;

namespace Migrator.Testing.Backups;

/// <summary>An index that lives as long as the test and keeps the rules that <see cref="IBackupIndex"/> states.</summary>
public sealed class MemoryBackupIndex : IBackupIndex
{
    private readonly Lock _gate = new();
    private readonly List<AccountFolder> _folders = [];
    private readonly Dictionary<string, Dictionary<string, StoredObject>> _objects = new(StringComparer.Ordinal);
    private readonly List<PackedBlob> _packed = [];
    private long _begun;
    private readonly Dictionary<string, List<Row>> _snapshots = new(StringComparer.Ordinal);

    /// <summary>Called before each change, with the method's name; throw to stop it there.</summary>
    public Action<string>? Watch { get; set; }

    public IReadOnlyList<AccountFolder> Folders
    {
        get { lock (_gate) return [.. _folders]; }
    }

    public Task<AccountFolder?> FindFolderAsync(Guid vaultId, Did did, string sealedTo, CancellationToken ct)
    {
        lock (_gate) return Task.FromResult(_folders.Find(f => f.VaultId == vaultId && f.Did == did && f.SealedTo == sealedTo));
    }

    public Task<AccountFolder> AddFolderAsync(AccountFolder folder, CancellationToken ct) => Change(nameof(AddFolderAsync), () =>
    {
        if (_folders.Find(f => f.VaultId == folder.VaultId && f.Did == folder.Did && f.SealedTo == folder.SealedTo) is { } there) return there;
        _folders.Add(folder);
        (_objects[folder.AccountId], _snapshots[folder.AccountId]) = ([], []);
        return folder;
    });

    public Task<SnapshotSummary?> FindNewestAsync(string accountId, CancellationToken ct)
    {
        lock (_gate) return Task.FromResult(_snapshots[accountId].FindLast(row => row.Summary.Stage != SnapshotStage.Writing)?.View(_objects[accountId]));
    }

    public Task<IReadOnlyList<SnapshotSummary>> ListSnapshotsAsync(string accountId, CancellationToken ct)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<SnapshotSummary>>(
                [.. _snapshots[accountId].Select(row => row.View(_objects[accountId])).OrderByDescending(s => s.TakenAt)]);
        }
    }

    public Task<IReadOnlyList<StoredObject>> ListObjectsAsync(string accountId, CancellationToken ct)
    {
        lock (_gate) return Task.FromResult<IReadOnlyList<StoredObject>>([.. _objects[accountId].Values]);
    }

    public Task AddObjectsAsync(string accountId, IReadOnlyList<StoredObject> objects, CancellationToken ct) => Change(nameof(AddObjectsAsync), () =>
    {
        foreach (var item in objects) _objects[accountId][item.Name] = item;
    });

    public Task<IReadOnlyList<PackedBlob>> ListPackedAsync(string accountId, CancellationToken ct)
    {
        lock (_gate) return Task.FromResult<IReadOnlyList<PackedBlob>>([.. _packed.Where(blob => _objects[accountId].ContainsKey(blob.Pack))]);
    }

    public Task AddPackAsync(string accountId, StoredObject pack, IReadOnlyList<PackedBlob> blobs, CancellationToken ct) => Change(nameof(AddPackAsync), () =>
    {
        _objects[accountId][pack.Name] = pack;
        _packed.AddRange(blobs);
    });

    public Task BeginSnapshotAsync(SnapshotSummary snapshot, IReadOnlyCollection<string> objects, CancellationToken ct) => Change(nameof(BeginSnapshotAsync), () =>
    {
        foreach (var name in objects)
        {
            if (!_objects[snapshot.AccountId].TryGetValue(name, out var item) || item.Health == ObjectHealth.Deleting) throw new ObjectGoneException(name);
        }
        _snapshots[snapshot.AccountId].Add(new Row(snapshot with { Number = ++_begun }, [.. objects]));
    });

    public Task CompleteSnapshotAsync(string accountId, string name, long manifestLength, string manifestSha256, CancellationToken ct) =>
        Change(nameof(CompleteSnapshotAsync), () => Edit(accountId, name, summary => summary with
        {
            Stage = SnapshotStage.Complete,
            ManifestLength = manifestLength,
            ManifestSha256 = manifestSha256,
            VerifiedAt = summary.TakenAt,
            NewBytes = summary.NewBytes + manifestLength,
            TotalBytes = summary.TotalBytes + manifestLength,
        }));

    public Task RemoveSnapshotAsync(string accountId, string name, CancellationToken ct) =>
        Change(nameof(RemoveSnapshotAsync), () => _snapshots[accountId].RemoveAll(row => row.Summary.Name == name));

    public Task MarkDeletingAsync(string accountId, IReadOnlyList<string> names, DateTimeOffset since, CancellationToken ct) => Change(nameof(MarkDeletingAsync), () =>
    {
        foreach (var name in names)
            Edit(accountId, name, s => s is { Pinned: false, Stage: SnapshotStage.Complete } ? s with { Stage = SnapshotStage.Deleting, DeletingSince = since } : s);
    });

    public Task<bool> IsStillDeletingAsync(string accountId, string name, CancellationToken ct) => Change(nameof(IsStillDeletingAsync), () =>
        _snapshots[accountId].Exists(row => row.Summary.Name == name && row.Summary is { Pinned: false, Stage: SnapshotStage.Deleting }));

    public Task UnmarkDeletingAsync(string accountId, IReadOnlyList<string> names, CancellationToken ct) => Change(nameof(UnmarkDeletingAsync), () =>
    {
        foreach (var name in names) Edit(accountId, name, s => s with { Stage = SnapshotStage.Complete, DeletingSince = null });
    });

    public Task MarkCheckedAsync(string accountId, IReadOnlyList<ObjectCheck> checks, CancellationToken ct) => Change(nameof(MarkCheckedAsync), () =>
    {
        foreach (var check in checks)
        {
            if (_objects[accountId].TryGetValue(check.Name, out var item))
                _objects[accountId][check.Name] = item with { Health = check.Health, CheckedAt = check.Depth == VerifyDepth.Present ? item.CheckedAt : check.At };
            if (_snapshots[accountId].Find(row => row.Summary.Name == check.Name) is { } manifest)
                manifest.ManifestDamage = check.Health == ObjectHealth.Good ? null : check.Reason ?? "damaged";
        }
    });

    public Task MarkOpenedAsync(string accountId, string name, DateTimeOffset at, CancellationToken ct) =>
        Change(nameof(MarkOpenedAsync), () => Edit(accountId, name, s => s with { OpenedAt = at }));

    public Task<IReadOnlyList<StoredObject>> ClaimUnusedAsync(string accountId, DateTimeOffset storedBefore, CancellationToken ct) => Change(nameof(ClaimUnusedAsync), () =>
    {
        var used = _snapshots[accountId].SelectMany(row => row.Objects).ToHashSet(StringComparer.Ordinal);
        foreach (var item in _objects[accountId].Values.Where(item => !used.Contains(item.Name) && item.StoredAt < storedBefore).ToList())
            _objects[accountId][item.Name] = item with { Health = ObjectHealth.Deleting };
        return (IReadOnlyList<StoredObject>)[.. _objects[accountId].Values.Where(item => item.Health == ObjectHealth.Deleting)];
    });

    public Task RemoveObjectAsync(string accountId, string name, CancellationToken ct) =>
        Change(nameof(RemoveObjectAsync), () => _objects[accountId].Remove(name));

    /// <summary>What a person does on a page.</summary>
    public void Edit(string accountId, string name, Func<SnapshotSummary, SnapshotSummary> edit)
    {
        if (_snapshots[accountId].Find(row => row.Summary.Name == name) is { } row) row.Summary = edit(row.Summary);
    }

    private Task Change(string method, Action act) => Change(method, () =>
    {
        act();
        return true;
    });

    private Task<T> Change<T>(string method, Func<T> act)
    {
        Watch?.Invoke(method);
        lock (_gate) return Task.FromResult(act());
    }

    private sealed class Row(SnapshotSummary summary, IReadOnlyList<string> objects)
    {
        public SnapshotSummary Summary { get; set; } = summary;

        public IReadOnlyList<string> Objects { get; } = objects;

        public string? ManifestDamage { get; set; }

        public SnapshotSummary View(Dictionary<string, StoredObject> known)
        {
            var bad = Objects.Count(name => !known.TryGetValue(name, out var item) || item.Health != ObjectHealth.Good);
            return Summary with
            {
                IsManifestMissing = ManifestDamage == SnapshotVerifier.NotThere,
                Damage = ManifestDamage ?? (bad > 0 ? $"{bad} objects are damaged or missing" : null),
            };
        }
    }
}
