using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Notifications;

/// <summary>Empties the outbox. A receiver that is away is tried again at growing intervals, and given up in the end.</summary>
internal sealed class OutboxSender(
    OutboxStore outbox,
    WebhookSender webhook,
    StorageGate gate,
    IOptions<WebhookOptions> options,
    TimeProvider time,
    ILogger<OutboxSender> log) : BackgroundService
{
    private static readonly TimeSpan ClaimedFor = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(4);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await gate.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.PollSeconds), time);
        do
        {
            try
            {
                while (await SendNextAsync(stoppingToken))
                {
                }
            }
            catch (Exception problem) when (problem is DbException or IOException)
            {
                Log.OutboxWaits(log, problem.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>10 s, 30 s, 90 s … four hours at most.</summary>
    internal static TimeSpan PauseAfter(int attempts)
    {
        var seconds = 10 * Math.Pow(3, Math.Min(attempts, 10) - 1);
        return seconds < LongestPause.TotalSeconds ? TimeSpan.FromSeconds(seconds) : LongestPause;
    }

    private async Task<bool> SendNextAsync(CancellationToken ct)
    {
        if (await outbox.ClaimAsync(ClaimedFor, ct) is not { } message)
            return false;
        if (await webhook.SendAsync(message, ct) is not { } error)
        {
            await outbox.MarkSentAsync(message.Id, ct);
        }
        else if (message.Attempts >= options.Value.Tries)
        {
            await outbox.MarkFailedAsync(message.Id, error, null, ct);
            Log.NoticeGivenUp(log, message.Id, message.Kind, message.Attempts, error);
        }
        else
        {
            var pause = PauseAfter(message.Attempts);
            await outbox.MarkFailedAsync(message.Id, error, pause, ct);
            Log.NoticeWaits(log, message.Id, message.Kind, message.Attempts, error, pause.TotalSeconds);
        }

        return true;
    }
}
