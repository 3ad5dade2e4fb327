using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Migrator.Jobs.Engine;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Backups;

namespace Migrator.Jobs.Backups;

/// <summary>
/// Looks at plans from outside, at intervals and apart from any run: were turns set by a wrong clock, which backups are late,
/// and which accounts do the planned servers have now? Several workers may do so at once; each plan and each alarm is taken by one.
/// </summary>
internal sealed class PlanWatcher(
    BackupPlanStore plans,
    AlarmStore alarms,
    WrongClock clock,
    ServerMembers members,
    StorageGate gate,
    IOptions<EngineOptions> engine,
    IOptions<PlanOptions> options,
    TimeProvider time,
    ILogger<PlanWatcher> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await gate.WaitAsync(stoppingToken);
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
            if (await clock.MendAsync(ct) is var mended and > 0)
                Log.ClockWasWrong(log, mended);
            if (await alarms.RaiseLateAsync(ct) is var late and > 0)
                Log.Late(log, late);
            foreach (var plan in await plans.ClaimMemberReadsAsync(TimeSpan.FromMinutes(options.Value.MembersMinutes), ct))
                await members.ReadAsync(plan, ct);
        }
        catch (DbException problem)
        {
            Log.WatchFailed(log, problem.Message);
        }
    }
}
