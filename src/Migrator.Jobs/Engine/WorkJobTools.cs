using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Engine;

/// <summary>What jobs of every kind share.</summary>
internal sealed record WorkJobTools(
    LeaseKeeper Keeper,
    LeaseStore Leases,
    QuartzWaker Waker,
    IHostApplicationLifetime Lifetime,
    IOptions<EngineOptions> Options,
    ILogger<WorkJob> Log);
