using Microsoft.Extensions.Logging;

namespace Migrator.Core.Migrations;

/// <summary>
/// Runs steps one after the other: decide, record the intent, probe, act, record the outcome. All knowledge about order is in
/// <see cref="MigrationDecider"/>, about servers in the steps; this file knows only how a step is run and what becomes of its outcome.
/// </summary>
public sealed class MigrationRunner(
    IEnumerable<IMigrationStep> steps,
    MigrationTools tools,
    ICrashPoints crash,
    Gathering.IRestoreSnapshots snapshots,
    TimeProvider time,
    ILogger<MigrationRunner> log) : IMigrationRunner
{
    private readonly Dictionary<StepName, IMigrationStep> _steps = steps.ToDictionary(step => step.Name);

    public async Task RunAsync(Lease lease, CancellationToken ct)
    {
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            var migration = await tools.Store.FindAsync(lease.Migration, ct);
            if (migration is null)
                return;
            switch (MigrationDecider.Next(migration.Request, migration.Progress, time.GetUtcNow()))
            {
                case Decision.Rest:
                    if (migration.Progress.State.IsFinal())
                        await CleanUpAsync(lease, ct);
                    return;
                case Decision.WaitUntil wait:
                    await tools.Store.SaveAsync(lease, migration.Progress, null, [], wait.Time, ct);
                    return;
                case Decision.Settle settle:
                    IReadOnlyList<MigrationEvent> events = settle.Event is { } text ? [new(time.GetUtcNow(), null, text)] : [];
                    await tools.Store.SaveAsync(lease, settle.Progress, null, events, time.GetUtcNow(), ct);
                    break;
                case Decision.Run run:
                    await RunStepAsync(lease, migration, _steps[run.Step], ct);
                    break;
            }
        }
    }

    /// <summary>
    /// At the end nothing secret is left, and of the files only the report. Done after the end was recorded, so it may be done twice.
    /// </summary>
    private async Task CleanUpAsync(Lease lease, CancellationToken ct)
    {
        await snapshots.ForgetAsync(lease.Migration);
        await tools.Secrets.EraseAllAsync(lease.Migration, ct);
        var workspace = tools.WorkspaceOf(lease.Migration);
        workspace.KeepOnly([ParityFile.Name]);
        workspace.EraseSubfolder(Gathering.Inventory.Folder);
        workspace.EraseSubfolder(Gathering.Inventory.Uploads);
    }

    private async Task RunStepAsync(Lease lease, Migration migration, IMigrationStep step, CancellationToken ct)
    {
        crash.Reach(step.Name, CrashPoint.Before);
        var started = migration.Progress with
        {
            // A hold that merely looks again stays visible while it does; what is lifted goes.
            Hold = migration.Progress.Hold is { NeedsThePerson: true } hold ? hold : null,
            Attempt = migration.Progress.Attempt + 1,
            State = migration.Progress.Compensating is null ? MigrationPlan.StateDuring(step.Name) : migration.Progress.State,
        };
        await tools.Store.BeginAttemptAsync(lease, started, step.Name, ct);
        crash.Reach(step.Name, CrashPoint.Intent);

        var context = new MigrationContext(lease, migration with { Progress = started }, tools, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var watcher = WatchForWishAsync(context, migration.RequestVersion, stop);
        try
        {
            var outcome = await ProbeAndRunAsync(step, context, stop.Token);
            crash.Reach(step.Name, CrashPoint.Effect);
            await RecordAsync(context, step, outcome, ct);
            crash.Reach(step.Name, CrashPoint.Record);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The person pressed Pause or Cancel: the decider says what follows. Or the program ends: that was no failed try either.
            var interrupted = context.Progress with { Attempt = migration.Progress.Attempt };
            await tools.Store.SaveAsync(lease, interrupted, AttemptOutcome.Interrupted, context.Events, time.GetUtcNow(), CancellationToken.None);
            ct.ThrowIfCancellationRequested();
        }
        finally
        {
            await stop.CancelAsync();
            await watcher;
        }
    }

    private async Task<StepOutcome> ProbeAndRunAsync(IMigrationStep step, MigrationContext context, CancellationToken ct)
    {
        try
        {
            return await step.ProbeAsync(context, ct) ?? await step.RunAsync(context, ct);
        }
        catch (IOException problem)
        {
            Log.LocalTrouble(log, context.Id, step.Name, problem);
            return new StepOutcome.NeedsPerson(
                HoldCause.LocalTrouble,
                $"Migrator could not read or write its own files: {problem.Message}",
                "Free some disk space or mend the data folder on the machine that runs Migrator, then press Try again.");
        }
        catch (Exception problem)
            when (problem is not OperationCanceledException and not LeaseLostException and not System.Data.Common.DbException)
        {
            Log.StepBroke(log, context.Id, step.Name, problem);
            return new StepOutcome.Retry(
                $"Migrator met a mistake of its own in this step ({problem.GetType().Name}). Its log has the details.");
        }
    }

    private async Task RecordAsync(MigrationContext context, IMigrationStep step, StepOutcome outcome, CancellationToken ct)
    {
        var recorded = OutcomeRecorder.Record(context, step, outcome, tools.Options, time.GetUtcNow());
        Log.StepEnded(log, context.Id, step.Name, recorded.End, recorded.Progress.State);
        await tools.Store.SaveAsync(context.Lease, recorded.Progress, recorded.End, context.Events, recorded.WakeAt, ct);
    }

    /// <summary>Looks once a second whether the person wants to stop, so that a long copy ends soon after the click.</summary>
    private async Task WatchForWishAsync(MigrationContext context, long seenVersion, CancellationTokenSource stop)
    {
        try
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), time, stop.Token);
                if (await tools.Store.ReadRequestVersionAsync(context.Id, stop.Token) == seenVersion)
                    continue;
                var migration = await tools.Store.FindAsync(context.Id, stop.Token);
                if (migration is null)
                    return;
                seenVersion = migration.RequestVersion;
                if (migration.Request.Wish != Wish.Run && MigrationDecider.IsStoppable(context.Progress)
                    && context.Progress.Compensating is null)
                {
                    await stop.CancelAsync();
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The step ended first: nothing to watch any more.
        }
        catch (System.Data.Common.DbException problem)
        {
            // The step itself will meet the same trouble at its next write; a watcher must not hide that.
            Log.WatcherEnded(log, context.Id, problem);
        }
    }
}
