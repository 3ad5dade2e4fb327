using System.Data.Common;
using Microsoft.Extensions.Logging;
using Migrator.Jobs.Storage;
using Quartz;

namespace Migrator.Jobs.Engine;

/// <summary>
/// Sets the one alarm of a piece of work. Of two times the earlier stays, so an alarm for "now" is never put off by a planned one, and a run
/// that waits for a free place does not lose its turn by being called again.
/// </summary>
internal sealed class QuartzWaker(
    SchedulerSource schedulers, LeaseStore leases, StorageGate gate, TimeProvider time, ILogger<QuartzWaker> log) : IWaker
{
    /// <summary>Begins the name of the execution group that all copies to one server share.</summary>
    public const string QueuePrefix = "pds:";

    public Task WakeAsync(WorkId id, CancellationToken ct) => WakeInAsync(id, TimeSpan.Zero, ct);

    public async Task WakeInAsync(WorkId id, TimeSpan delay, CancellationToken ct)
    {
        if (!gate.IsOpen)
            return;
        try
        {
            var scheduler = await schedulers.GetAsync(ct);
            if (!await scheduler.Exists(WorkJob.KeyOf(id), ct))
                await scheduler.AddJob(JobOf(id), AddJobOptions.ReplacingAndStoringNonDurable, ct);
            await scheduler.ScheduleTrigger(await TriggerOfAsync(id, delay, ct), TriggerConflict.KeepEarlier, ct);
        }
        catch (Exception problem) when (problem is SchedulerException or DbException)
        {
            Log.AlarmFailed(log, id, problem.Message);
        }
    }

    private static IJobDetail JobOf(WorkId id) => id.Kind switch
    {
        WorkKind.Migration => JobOf<MigrationJob>(id),
        WorkKind.Backup => JobOf<BackupJob>(id),
        // There is a new one each week: it goes with its last alarm.
        WorkKind.Drill => JobOf<DrillJob>(id, isLasting: false),
        var kind => throw new InvalidOperationException($"{kind} has no job."),
    };

    private static IJobDetail JobOf<T>(WorkId id, bool isLasting = true)
        where T : WorkJob => JobBuilder.Create<T>().WithIdentity(WorkJob.KeyOf(id)).StoreDurably(isLasting).RequestRecovery().Build();

    private async Task<ITrigger> TriggerOfAsync(WorkId id, TimeSpan delay, CancellationToken ct)
    {
        var trigger = TriggerBuilder.Create().WithIdentity(id.Key, WorkJob.GroupOf(id.Kind)).ForJob(WorkJob.KeyOf(id));
        if (await leases.FindQueueAsync(id, delay, ct) is { } queue)
            trigger = trigger.WithExecutionGroup(QueuePrefix + queue);
        return delay > TimeSpan.Zero ? trigger.StartAt(time.GetUtcNow() + delay).Build() : trigger.StartNow().Build();
    }
}
