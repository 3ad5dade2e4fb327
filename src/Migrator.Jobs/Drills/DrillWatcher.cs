using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Migrator.Core.Drills;
using Migrator.Jobs.Engine;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Drills;

namespace Migrator.Jobs.Drills;

/// <summary>
/// Looks through the tables at intervals: whose drill is due, whose is overdue? At the start it deletes what drills left that were killed.
/// </summary>
internal sealed class DrillWatcher(
    DrillSettingStore settings,
    DrillWork work,
    IDrill drill,
    IWaker waker,
    StorageGate gate,
    IOptions<EngineOptions> engine,
    TimeProvider time,
    ILogger<DrillWatcher> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await gate.WaitAsync(stoppingToken);
        drill.Sweep(work.WorkFolder);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(engine.Value.ReconcileSeconds), time);
        do
        {
            await WatchAsync(stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task WatchAsync(CancellationToken ct)
    {
        try
        {
            if (await settings.RaiseLateAsync(ct) is var late and > 0)
                Log.Late(log, late);
            var due = await settings.QueueDueAsync(ct);
            if (due.Count > 0)
                Log.Due(log, due.Count);
            foreach (var id in due)
                await waker.WakeAsync(new WorkId(WorkKind.Drill, Guid.ParseExact(id, "N")), ct);
        }
        catch (DbException problem)
        {
            Log.WatchFailed(log, problem.Message);
        }
    }
}
