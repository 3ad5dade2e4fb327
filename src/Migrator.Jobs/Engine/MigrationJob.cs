using Migrator.Core.Migrations;
using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Engine;

/// <summary>One run of one migration.</summary>
internal sealed class MigrationJob(IMigrationRunner runner, WorkJobTools tools)
    : WorkJob(WorkKind.Migration, new Runner(runner), tools)
{
    private sealed class Runner(IMigrationRunner migrations) : IWorkRunner
    {
        public Task RunAsync(WorkLease lease, bool hasPlace, CancellationToken ct) => migrations.RunAsync(lease.OfMigration(), ct);
    }
}
