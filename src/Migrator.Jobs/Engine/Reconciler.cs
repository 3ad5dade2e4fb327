using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Engine;

/// <summary>
/// Looks through our own tables, at the start and then at intervals, and calls everything that is due and that nobody works on.
/// So a lost alarm, a dead worker or a restored database delays work by one period and never strands it.
/// </summary>
internal sealed class Reconciler(
    Database database,
    LeaseStore leases,
    IWaker waker,
    StorageGate gate,
    IOptions<EngineOptions> options,
    TimeProvider time,
    ILogger<Reconciler> log) : BackgroundService
{
    private const int AtOnce = 500;
    private bool _saidFull;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await gate.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.ReconcileSeconds), time);
        do
        {
            await ReconcileAsync(stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task ReconcileAsync(CancellationToken ct)
    {
        try
        {
            if (!await HasRoomAsync(ct))
                return;
            await leases.ShortenAsync(options.Value.LeaseLife, ct);
            var due = await leases.ListDueAsync(AtOnce, ct);
            foreach (var id in due)
                await waker.WakeAsync(id, ct);
            if (due.Count > 0)
                Log.Reconciled(log, due.Count);
        }
        catch (DbException problem)
        {
            Log.ReconcileFailed(log, problem.Message);
        }
    }

    /// <summary>On a full disk nothing is called: it could not even note that it began.</summary>
    private async Task<bool> HasRoomAsync(CancellationToken ct)
    {
        var isFull = database.IsFull && !await database.FindRoomAsync(ct);
        if (isFull && !_saidFull)
            Log.DatabaseFull(log);
        else if (_saidFull && !isFull)
            Log.RoomAgain(log);
        _saidFull = isFull;
        return !isFull;
    }
}
