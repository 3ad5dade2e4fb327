namespace Migrator.Core.Migrations;

/// <summary>What the engine calls when it holds a lease on a migration.</summary>
public interface IMigrationRunner
{
    /// <summary>Works on the migration until it has to wait, rests or ends. The next wake-up is stored with the progress.</summary>
    /// <exception cref="LeaseLostException">Another worker took over.</exception>
    Task RunAsync(Lease lease, CancellationToken ct);
}
