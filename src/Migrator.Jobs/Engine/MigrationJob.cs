using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Migrator.Core.Migrations;
using Migrator.Jobs.Storage;
using Quartz;

namespace Migrator.Jobs.Engine;

/// <summary>
/// One run of one migration; its key is the migration's id and it carries no other data. Quartz may deliver it twice or too late:
/// whether there is anything to do, and who does it, is decided by the lease alone.
/// </summary>
[DisallowConcurrentExecution]
internal sealed class MigrationJob(
    IMigrationRunner runner,
    LeaseKeeper keeper,
    LeaseStore leases,
    QuartzWaker waker,
    IHostApplicationLifetime lifetime,
    IOptions<EngineOptions> options,
    ILogger<MigrationJob> log) : IJob
{
    public const string Group = "migration";

    public static JobKey KeyOf(MigrationId id) => new(id.ToString(), Group);

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        if (!MigrationId.TryParse(context.JobDetail.Key.Name, out var id))
            throw new JobExecutionException($"'{context.JobDetail.Key.Name}' is not the id of a migration.");
        // Quartz interrupts what runs when it is shut down, but not what it starts in that very moment.
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        var (held, dueIn) = await keeper.TryTakeAsync(id, stopping.Token);
        if (held is null)
        {
            Log.NotDue(log, id);
            if (dueIn is { } wait)
                await waker.WakeInAsync(id, wait, stopping.Token);
            return;
        }

        await using (held)
        {
            await GiveBackAsync(held.Lease, await RunAsync(held, stopping.Token));
        }

        // Quartz hands a cut-off run over to the next start, or to another worker, only when it sees it cancelled.
        stopping.Token.ThrowIfCancellationRequested();
    }

    /// <summary>Also while shutting down: the next worker need not wait until the lease runs out.</summary>
    private async Task GiveBackAsync(Lease lease, TimeSpan? againIn)
    {
        try
        {
            if (await leases.GiveBackAsync(lease, againIn, CancellationToken.None) is { } next)
                await waker.WakeInAsync(lease.Migration, next, CancellationToken.None);
        }
        catch (DbException problem)
        {
            // It runs out by itself, and the reconciler finds the migration then.
            Log.NotGivenBack(log, lease.Migration, lease.Fence, problem.Message);
        }
    }

    /// <summary>Null when the run ended by itself; else after what time the migration is to be tried again.</summary>
    private async Task<TimeSpan?> RunAsync(HeldLease held, CancellationToken shutdown)
    {
        var id = held.Lease.Migration;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(shutdown, held.Lost);
        try
        {
            Log.RunBegins(log, id, held.Lease.Fence);
            await runner.RunAsync(held.Lease, either.Token);
            Log.RunEnds(log, id, held.Lease.Fence);
            return null;
        }
        catch (LeaseLostException)
        {
            Log.TakenOver(log, id, held.Lease.Fence);
            return TimeSpan.Zero; // Only counts if nobody took over after all.
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            Log.RunStops(log, id, held.Lease.Fence, shutdown.IsCancellationRequested ? "Migrator is shutting down" : "the lease was lost");
            return TimeSpan.Zero;
        }
        catch (DbException problem)
        {
            Log.RunBrokeOff(log, id, held.Lease.Fence, problem);
            return TimeSpan.FromSeconds(options.Value.TroubleSeconds);
        }
        catch (Exception problem)
        {
            // Our own mistake. The migration must not be stuck for it: it is tried again, and the log says why each time.
            Log.RunBroke(log, id, held.Lease.Fence, problem);
            return TimeSpan.FromSeconds(options.Value.TroubleSeconds);
        }
    }
}
