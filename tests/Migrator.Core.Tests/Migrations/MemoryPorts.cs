using System.Collections.Concurrent;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Migrations;

namespace Migrator.Core.Tests.Migrations;

/// <summary>The ledger of blobs in memory; it can be made to refuse writes.</summary>
internal sealed class MemoryLedger : IBlobLedger
{
    public ConcurrentDictionary<Cid, BlobEntry> Entries { get; } = new();

    /// <summary>Thrown by every write, when set.</summary>
    public Exception? Refusal { get; set; }

    public Task AddNeededAsync(Lease lease, IReadOnlyList<BlobEntry> blobs, CancellationToken ct) => RecordAsync(lease, blobs, ct);

    public Task RecordAsync(Lease lease, IReadOnlyList<BlobEntry> blobs, CancellationToken ct)
    {
        if (Refusal is not null)
            return Task.FromException(Refusal);
        foreach (var blob in blobs)
            Entries[blob.Cid] = blob;
        return Task.CompletedTask;
    }

    public Task KeepOnlyAsync(Lease lease, IReadOnlySet<Cid> referenced, CancellationToken ct)
    {
        foreach (var cid in Entries.Keys.Where(cid => !referenced.Contains(cid)))
            Entries.TryRemove(cid, out _);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<BlobEntry>> ListAsync(MigrationId id, BlobState? state, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<BlobEntry>>([.. Entries.Values.Where(entry => state is null || entry.State == state)]);

    public Task<BlobTotals> TotalsAsync(MigrationId id, CancellationToken ct) => Task.FromResult(new BlobTotals(Entries.Count, 0, 0, 0, 0, null));
}

/// <summary>Stores nothing.</summary>
internal sealed class NoStore : IMigrationStore
{
    public Task<Migration?> FindAsync(MigrationId id, CancellationToken ct) => Task.FromResult<Migration?>(null);

    public Task<long> ReadRequestVersionAsync(MigrationId id, CancellationToken ct) => Task.FromResult(0L);

    public Task BeginAttemptAsync(Lease lease, MigrationProgress progress, StepName step, CancellationToken ct) => Task.CompletedTask;

    public Task SaveAsync(
        Lease lease, MigrationProgress progress, AttemptOutcome? attemptEnd, IReadOnlyList<MigrationEvent> events, DateTimeOffset? wakeAt,
        CancellationToken ct) => Task.CompletedTask;

    public Task ConfirmAsync(Lease lease, CancellationToken ct) => Task.CompletedTask;

    public Task ReportLiveAsync(Lease lease, LiveProgress live, CancellationToken ct) => Task.CompletedTask;
}

/// <summary>One value for every secret.</summary>
internal sealed class OneSecret(string value) : ISecretStore
{
    public Task<string?> ReadAsync(MigrationId id, SecretName name, CancellationToken ct) => Task.FromResult<string?>(value);

    public Task WriteAsync(MigrationId id, SecretName name, string changed, CancellationToken ct) => Task.CompletedTask;

    public Task EraseAsync(MigrationId id, SecretName name, CancellationToken ct) => Task.CompletedTask;

    public Task EraseAllAsync(MigrationId id, CancellationToken ct) => Task.CompletedTask;
}
