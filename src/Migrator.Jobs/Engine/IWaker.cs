using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Engine;

/// <summary>Tells the engine that there is something to do now.</summary>
public interface IWaker
{
    /// <summary>
    /// Call it after the change was stored. It is only an alarm: when it cannot be given (the scheduler's database is away), that is
    /// logged, and the reconciler finds the work within its period.
    /// </summary>
    Task WakeAsync(WorkId id, CancellationToken ct);
}
