using System.Data.Common;
using Microsoft.Extensions.Logging;
using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Engine;

/// <summary>
/// A lease in use: renewed every third of its life. When it cannot be renewed in time, or another worker has it, <see cref="Lost"/> is
/// cancelled, so that the work stops by itself; its next write would be refused in any case.
/// </summary>
public sealed class HeldLease : IAsyncDisposable
{
    private readonly LeaseStore _store;
    private readonly TimeSpan _life;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _renewing;
    private long _knownGoodAt;

    /// <param name="takenAt">A time stamp from before the lease was asked for: it may have begun to run then.</param>
    internal HeldLease(WorkLease lease, LeaseStore store, TimeSpan life, long takenAt, TimeProvider time, ILogger log)
    {
        Lease = lease;
        Lost = _lost.Token;
        _store = store;
        _life = life;
        _time = time;
        _log = log;
        _knownGoodAt = takenAt;
        _renewing = RenewAsync();
    }

    public WorkLease Lease { get; }

    public CancellationToken Lost { get; }

    /// <summary>Stops renewing. The lease itself is given back by <see cref="LeaseStore.GiveBackAsync"/>, or runs out.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _renewing;
        _stop.Dispose();
        _lost.Dispose();
    }

    private async Task RenewAsync()
    {
        try
        {
            while (await KeepAsync())
            {
            }

            await _lost.CancelAsync();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The work ended before the lease did.
        }
    }

    /// <summary>Waits a third of the life, then renews, trying again while there is time. False: lost.</summary>
    private async Task<bool> KeepAsync()
    {
        await Task.Delay(_life / 3, _time, _stop.Token);
        while (true)
        {
            var askedAt = _time.GetTimestamp();
            var left = _life - _time.GetElapsedTime(_knownGoodAt);
            if (left <= TimeSpan.Zero)
            {
                Log.LeaseRanOut(_log, Lease.Work, Lease.Fence);
                return false;
            }

            try
            {
                using var patience = new CancellationTokenSource(left, _time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _stop.Token);
                if (!await _store.RenewAsync(Lease, _life, either.Token))
                {
                    Log.LeaseTakenOver(_log, Lease.Work, Lease.Fence);
                    return false;
                }

                _knownGoodAt = askedAt;
                return true;
            }
            catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
            {
                Log.RenewalFailed(_log, Lease.Work, "the database did not answer in time");
            }
            catch (DbException problem)
            {
                Log.RenewalFailed(_log, Lease.Work, problem.Message);
                await Task.Delay(_life / 12, _time, _stop.Token);
            }
        }
    }
}
