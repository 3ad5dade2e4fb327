using System.Data.Common;
using Microsoft.Extensions.Logging;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Returns;

namespace Migrator.Jobs.Returns;

/// <summary>Writes down how far runs are, so that it is known after this process has ended.</summary>
internal sealed class ReturnClerk(ReturnStore store, TimeProvider time, ILogger log) : IDisposable
{
    /// <summary>Also what does not change is stored so often: that shows that this process lives.</summary>
    private static readonly TimeSpan RenewedEvery = TimeSpan.FromSeconds(20);

    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Stores those that have changed since. What cannot be stored is stored the next time.</summary>
    public async Task StoreAsync(IEnumerable<ReturnRun> runs)
    {
        foreach (var run in runs.Where(IsDue))
        {
            try
            {
                await StoreAsync(run, null);
            }
            catch (DbException problem)
            {
                Log.NotStored(log, problem.Message);
            }
        }
    }

    /// <summary>
    /// Stores one, with what is to be read of it in the audit log. One after the other, so that an older view never follows a newer one.
    /// </summary>
    public async Task StoreAsync(ReturnRun run, AuditEntry? audit)
    {
        await _turn.WaitAsync();
        try
        {
            if (audit is null && !IsDue(run))
                return;
            var view = run.View;
            var ends = view.IsOver && run.Stored is not { IsOver: true };
            await store.SaveAsync(
                run.Owner, view, ends ? new AuditEntry(AuditEntry.Engine, "return.end", view.ForAudit()) : audit, CancellationToken.None);
            (run.Stored, run.StoredAt) = (view, time.GetUtcNow());
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private bool IsDue(ReturnRun run) =>
        !ReferenceEquals(run.View, run.Stored) || (!run.View.IsOver && time.GetUtcNow() - run.StoredAt > RenewedEvery);
}
