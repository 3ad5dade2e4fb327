using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Engine;

/// <summary>Takes, keeps and gives back leases for this process.</summary>
public sealed class LeaseKeeper(LeaseStore store, IOptions<EngineOptions> options, TimeProvider time, ILogger<LeaseKeeper> log)
{
    private readonly string _holder = $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():N}";

    /// <summary>The lease if the work is due and free; else null and how long it is until it is due, where that is known.</summary>
    public async Task<(HeldLease? Held, TimeSpan? DueIn)> TryTakeAsync(WorkId id, CancellationToken ct)
    {
        var askedAt = time.GetTimestamp();
        return await store.TakeAsync(id, _holder, options.Value.LeaseLife, ct) switch
        {
            LeaseAnswer.Taken taken => (new HeldLease(taken.Lease, store, options.Value.LeaseLife, askedAt, time, log), null),
            LeaseAnswer.NotNow notNow => (null, notNow.DueIn),
            var other => throw new InvalidOperationException($"Unknown answer {other}."),
        };
    }
}
