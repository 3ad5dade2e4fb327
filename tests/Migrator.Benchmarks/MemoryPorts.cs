using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Migrations;

namespace Migrator.Benchmarks;

/// <summary>The ledger of blobs without a database, for measuring what lies between the two servers.</summary>
internal sealed class MemoryLedger : IBlobLedger
{
    private readonly Dictionary<Cid, BlobEntry> _entries = [];

    public int Count(BlobState state)
    {
        lock (_entries)
            return _entries.Values.Count(entry => entry.State == state);
    }

    public Task AddNeededAsync(Lease lease, IReadOnlyList<BlobEntry> blobs, CancellationToken ct)
    {
        lock (_entries)
        {
            foreach (var blob in blobs)
                _entries.TryAdd(blob.Cid, blob);
        }

        return Task.CompletedTask;
    }

    public Task RecordAsync(Lease lease, IReadOnlyList<BlobEntry> blobs, CancellationToken ct)
    {
        lock (_entries)
        {
            foreach (var blob in blobs)
                _entries[blob.Cid] = blob;
        }

        return Task.CompletedTask;
    }

    public Task KeepOnlyAsync(Lease lease, IReadOnlySet<Cid> referenced, CancellationToken ct) => Task.CompletedTask;

    public Task<IReadOnlyList<BlobEntry>> ListAsync(MigrationId id, BlobState? state, CancellationToken ct)
    {
        lock (_entries)
            return Task.FromResult<IReadOnlyList<BlobEntry>>([.. _entries.Values.Where(entry => state is null || entry.State == state)]);
    }

    public Task<BlobTotals> TotalsAsync(MigrationId id, CancellationToken ct) =>
        Task.FromResult(new BlobTotals(Count(BlobState.Needed), 0, 0, 0, 0, null));
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

/// <summary>One value for every secret: the session's tokens.</summary>
internal sealed class OneSecret(string value) : ISecretStore
{
    public Task<string?> ReadAsync(MigrationId id, SecretName name, CancellationToken ct) => Task.FromResult<string?>(value);

    public Task WriteAsync(MigrationId id, SecretName name, string changed, CancellationToken ct) => Task.CompletedTask;

    public Task EraseAsync(MigrationId id, SecretName name, CancellationToken ct) => Task.CompletedTask;

    public Task EraseAllAsync(MigrationId id, CancellationToken ct) => Task.CompletedTask;
}
