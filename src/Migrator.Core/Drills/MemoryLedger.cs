using System.Collections.Concurrent;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Migrations;
using BlobEntry = Migrator.Core.Migrations.BlobEntry;

namespace Migrator.Core.Drills;

/// <summary>The ledger of blobs of a drill.</summary>
internal sealed class MemoryLedger : IBlobLedger
{
    private readonly ConcurrentDictionary<Cid, BlobEntry> _entries = new();

    public Task AddNeededAsync(Lease lease, IReadOnlyList<BlobEntry> blobs, CancellationToken ct)
    {
        foreach (var blob in blobs) _entries.TryAdd(blob.Cid, blob);
        return Task.CompletedTask;
    }

    public Task RecordAsync(Lease lease, IReadOnlyList<BlobEntry> blobs, CancellationToken ct)
    {
        foreach (var blob in blobs) _entries[blob.Cid] = blob;
        return Task.CompletedTask;
    }

    public Task KeepOnlyAsync(Lease lease, IReadOnlySet<Cid> referenced, CancellationToken ct)
    {
        foreach (var cid in _entries.Keys.Where(cid => !referenced.Contains(cid))) _entries.TryRemove(cid, out _);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<BlobEntry>> ListAsync(MigrationId id, BlobState? state, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<BlobEntry>>([.. _entries.Values.Where(entry => state is null || entry.State == state)]);

    public Task<BlobTotals> TotalsAsync(MigrationId id, CancellationToken ct)
    {
        var all = _entries.Values;
        var copied = all.Where(entry => entry.State is BlobState.Copied or BlobState.Proven).ToList();
        return Task.FromResult(new BlobTotals(
            all.Count, copied.Count,
            all.Count(entry => entry.State == BlobState.Proven), all.Count(entry => BlobProblems.IsProblem(entry.State)),
            copied.Sum(entry => entry.Size ?? 0), all.Sum(entry => entry.Size ?? 0)));
    }
}
