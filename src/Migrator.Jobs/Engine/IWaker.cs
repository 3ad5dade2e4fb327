using Migrator.Core.Migrations;

namespace Migrator.Jobs.Engine;

/// <summary>Tells the engine that a migration has something to do now.</summary>
public interface IWaker
{
    /// <summary>
    /// Call it after the change was stored. It is only an alarm: when it cannot be given (the scheduler's database is away), that is
    /// logged, and the reconciler finds the migration within its period.
    /// </summary>
    Task WakeAsync(MigrationId id, CancellationToken ct);
}
