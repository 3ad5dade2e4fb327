using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Notifications;

/// <summary>Empties the outbox. A receiver that is away is tried again at growing intervals, and given up in the end.</summary>
internal sealed class OutboxSender(
    OutboxStore outbox,
    IEnumerable<IOutboxChannel> channels,
    StorageGate gate,
    IOptions<WebhookOptions> options,
    TimeProvider time,
    ILogger<OutboxSender> log) : BackgroundService
{
    private static readonly TimeSpan ClaimedFor = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await gate.WaitAsync(stoppingToken);
        // Each by itself: a mail server that hangs does not hold up the webhook.
        await Task.WhenAll(channels.Select(channel => EmptyAsync(channel, stoppingToken)));
    }

    /// <summary>10 s, 30 s, 90 s … four hours at most.</summary>
    internal static TimeSpan PauseAfter(int attempts)
    {
        var seconds = 10 * Math.Pow(3, Math.Min(attempts, 10) - 1);
        return seconds < OutboxStore.LongestPause.TotalSeconds ? TimeSpan.FromSeconds(seconds) : OutboxStore.LongestPause;
    }

    private async Task EmptyAsync(IOutboxChannel channel, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.PollSeconds), time);
        do
        {
            try
            {
                while (await SendNextAsync(channel, ct))
                {
                }
            }
            catch (Exception problem) when (problem is DbException or IOException or SealBrokenException)
            {
                Log.OutboxWaits(log, problem.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(ct));
    }

    private async Task<bool> SendNextAsync(IOutboxChannel channel, CancellationToken ct)
    {
        if (await outbox.ClaimAsync(channel.Name, ClaimedFor, ct) is not { } message)
            return false;
        if (await TrySendAsync(channel, message, ct) is not { } error)
        {
            await outbox.MarkSentAsync(message.Id, ct);
        }
        else if (message.Attempts >= channel.Tries)
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

    /// <summary>
    /// A channel says what it expects to go wrong. Whatever else does (a secret's file that cannot be read, a mail library's own kind of
    /// refusal) is a failed try like any other: it must neither end the program nor be tried for ever.
    /// </summary>
    private async Task<string?> TrySendAsync(IOutboxChannel channel, OutboxMessage message, CancellationToken ct)
    {
        try
        {
            return await channel.SendAsync(message, ct);
        }
        catch (Exception problem) when (problem is not DbException && !ct.IsCancellationRequested)
        {
            Log.ChannelBroke(log, channel.Name, message.Id, problem);
            return $"It could not be sent: {problem.GetType().Name}. The log of the program says more.";
        }
    }
}
