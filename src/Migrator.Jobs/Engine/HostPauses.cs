using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Migrator.Core.AtProto.Net;
using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Engine;

/// <summary>
/// Carries "leave us alone until then" between this process and the others: what a server told one worker holds for all, and still after
/// a restart. Moves and backups alike.
/// </summary>
internal sealed class HostPauses(
    HostPauseStore store, HostGovernor governor, StorageGate gate, TimeProvider time, ILogger<HostPauses> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private readonly Dictionary<string, DateTimeOffset> _shared = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await gate.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            try
            {
                await ShareAsync(stoppingToken);
            }
            catch (DbException problem)
            {
                Log.ReconcileFailed(log, problem.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task ShareAsync(CancellationToken ct)
    {
        foreach (var (host, until) in await store.ListAsync(ct))
        {
            if (_shared.GetValueOrDefault(host) >= until)
                continue;
            governor.BlockHost(host, until);
            _shared[host] = until;
        }

        foreach (var (host, until) in governor.ListBlocked())
        {
            // A second more or less is no news, and would go back and forth between workers.
            if (until - _shared.GetValueOrDefault(host) < TimeSpan.FromSeconds(1))
                continue;
            await store.AddAsync(new HostPause(host, until), ct);
            _shared[host] = until;
        }

        var now = time.GetUtcNow();
        foreach (var host in _shared.Where(pair => pair.Value <= now).Select(pair => pair.Key).ToList())
            _shared.Remove(host);
    }
}
