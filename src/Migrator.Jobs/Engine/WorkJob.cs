using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Migrator.Core.Migrations;
using Migrator.Jobs.Storage;
using Quartz;

namespace Migrator.Jobs.Engine;

/// <summary>
/// One run of one piece of work; its key is the work's id and it carries no other data. Quartz may deliver it twice or too late:
/// whether there is anything to do, and who does it, is decided by the lease alone.
/// </summary>
[DisallowConcurrentExecution]
internal abstract class WorkJob(WorkKind kind, IWorkRunner runner, WorkJobTools tools) : IJob
{
    public static JobKey KeyOf(WorkId id) => new(id.Key, GroupOf(id.Kind));

    /// <summary>Stored in Quartz's tables: never change one.</summary>
    public static string GroupOf(WorkKind kind) => kind switch
    {
        WorkKind.Migration => "migration",
        WorkKind.Backup => "backup",
        WorkKind.Drill => "drill",
        _ => throw new InvalidOperationException($"{kind} has no group."),
    };

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        if (!WorkId.TryParse(kind, context.JobDetail.Key.Name, out var id))
            throw new JobExecutionException($"'{context.JobDetail.Key.Name}' is not an id of this kind.");
        // Quartz interrupts what runs when it is shut down, but not what it starts in that very moment.
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, tools.Lifetime.ApplicationStopping);
        if (await TakeAsync(id, stopping.Token) is not { } held)
            return;
        await using (held)
        {
            await GiveBackAsync(held.Lease, await RunAsync(held, context.Trigger.ExecutionGroup is not null, stopping.Token));
        }

        // Quartz hands a cut-off run over to the next start, or to another worker, only when it sees it cancelled.
        stopping.Token.ThrowIfCancellationRequested();
    }

    /// <summary>Null: there is nothing to do for this run.</summary>
    private async Task<HeldLease?> TakeAsync(WorkId id, CancellationToken ct)
    {
        try
        {
            var (held, dueIn) = await tools.Keeper.TryTakeAsync(id, ct);
            if (held is not null)
                return held;
            Log.NotDue(tools.Log, id);
            if (dueIn is { } wait)
                await tools.Waker.WakeInAsync(id, wait, ct);
        }
        catch (DbException problem)
        {
            Log.NotBegun(tools.Log, id, problem.Message);
        }

        return null;
    }

    /// <summary>Also while shutting down: the next worker need not wait until the lease runs out.</summary>
    private async Task GiveBackAsync(WorkLease lease, TimeSpan? againIn)
    {
        try
        {
            if (await tools.Leases.GiveBackAsync(lease, againIn, CancellationToken.None) is { } next)
                await tools.Waker.WakeInAsync(lease.Work, next, CancellationToken.None);
        }
        catch (DbException problem)
        {
            // It runs out by itself, and the reconciler finds the work then.
            Log.NotGivenBack(tools.Log, lease.Work, lease.Fence, problem.Message);
        }
    }

    /// <summary>Null when the run ended by itself; else after what time the work is to be tried again.</summary>
    private async Task<TimeSpan?> RunAsync(HeldLease held, bool hasPlace, CancellationToken shutdown)
    {
        var id = held.Lease.Work;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(shutdown, held.Lost);
        try
        {
            Log.RunBegins(tools.Log, id, held.Lease.Fence);
            await runner.RunAsync(held.Lease, hasPlace, either.Token);
            Log.RunEnds(tools.Log, id, held.Lease.Fence);
            return null;
        }
        catch (Exception lost) when (lost is LeaseLostException or WorkLostException)
        {
            Log.TakenOver(tools.Log, id, held.Lease.Fence);
            return TimeSpan.Zero; // Only counts if nobody took over after all.
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            Log.RunStops(tools.Log, id, held.Lease.Fence, shutdown.IsCancellationRequested ? "Migrator is shutting down" : "the lease was lost");
            return TimeSpan.Zero;
        }
        catch (DbException problem)
        {
            Log.RunBrokeOff(tools.Log, id, held.Lease.Fence, problem);
            return TimeSpan.FromSeconds(tools.Options.Value.TroubleSeconds);
        }
        catch (Exception problem)
        {
            // Our own mistake. It must not be stuck for it: it is tried again, and the log says why each time.
            Log.RunBroke(tools.Log, id, held.Lease.Fence, problem);
            return TimeSpan.FromSeconds(tools.Options.Value.TroubleSeconds);
        }
    }
}
