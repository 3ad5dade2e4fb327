using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Quartz;

namespace Migrator.Jobs.Engine;

/// <summary>Starts Quartz once storage is open, however long that takes, and stops it with its jobs when the process ends.</summary>
internal sealed class QuartzEngine(
    SchedulerSource schedulers,
    IOptions<EngineOptions> options,
    TimeProvider time,
    ILogger<QuartzEngine> log) : BackgroundService
{
    private static readonly TimeSpan RetryEvery = TimeSpan.FromSeconds(2);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (schedulers.Current is { } scheduler)
            await scheduler.Shutdown(waitForJobsToComplete: true, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                var scheduler = await schedulers.GetAsync(stoppingToken);
                await scheduler.Start(stoppingToken);
                Log.EngineStarted(log, options.Value.ParsedRole, options.Value.Concurrency);
                return;
            }
            catch (Exception problem) when (problem is not OperationCanceledException)
            {
                Log.EngineWaits(log, problem.Message, RetryEvery.TotalSeconds);
            }

            await Task.Delay(RetryEvery, time, stoppingToken);
        }
    }
}
