using System.Data.Common;
using Microsoft.Extensions.Logging;
using Migrator.Core.Drills;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Drills;

namespace Migrator.Jobs.Drills;

/// <summary>Writes how far a drill is into its row, the newest once a second at most. A note that is lost costs nothing.</summary>
internal sealed class ProgressNotes : IProgress<DrillProgress>, IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _writing;
    private DrillProgress? _newest;

    public ProgressNotes(DrillWorkStore store, WorkLease lease, TimeProvider time, ILogger log) =>
        _writing = WriteAsync(store, lease, time, log, _stop.Token);

    public void Report(DrillProgress value) => Volatile.Write(ref _newest, value);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _writing;
        _stop.Dispose();
    }

    private async Task WriteAsync(DrillWorkStore store, WorkLease lease, TimeProvider time, ILogger log, CancellationToken ct)
    {
        DrillProgress? written = null;
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            do
            {
                var newest = Volatile.Read(ref _newest);
                if (newest is null || newest == written)
                    continue;
                await NoteAsync(store, lease, newest, log, ct);
                written = newest;
            }
            while (await timer.WaitForNextTickAsync(ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The drill is over.
        }
    }

    private static async Task NoteAsync(DrillWorkStore store, WorkLease lease, DrillProgress progress, ILogger log, CancellationToken ct)
    {
        try
        {
            await store.NoteProgressAsync(lease, progress, ct);
        }
        catch (DbException problem)
        {
            Log.ProgressNotNoted(log, lease.Work.Key, problem.Message);
        }
    }
}
