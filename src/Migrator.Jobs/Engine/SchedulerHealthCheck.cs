using Microsoft.Extensions.Diagnostics.HealthChecks;
using Migrator.Jobs.Storage;
using Quartz;

namespace Migrator.Jobs.Engine;

/// <summary>The scheduler runs and reaches its tables.</summary>
internal sealed class SchedulerHealthCheck(SchedulerSource source) : IHealthCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (source.Current is not { Status: SchedulerStatus.Running } scheduler)
            return HealthCheckResult.Unhealthy("The scheduler has not started: no migration runs.");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await scheduler.Exists(new JobKey("health", WorkJob.GroupOf(WorkKind.Migration)), patience.Token);
            return HealthCheckResult.Healthy();
        }
        catch (SchedulerException problem)
        {
            return HealthCheckResult.Unhealthy("The scheduler does not reach its tables.", problem);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy($"The scheduler's tables did not answer within {Patience.TotalSeconds} s.");
        }
    }
}
