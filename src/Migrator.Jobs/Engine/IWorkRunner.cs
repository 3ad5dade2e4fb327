using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Engine;

/// <summary>Does what is due of one thing, under its lease.</summary>
public interface IWorkRunner
{
    /// <summary>
    /// Returns when nothing more is due now; when it is due next has been stored by then. May be killed at any line: the next run, here or
    /// elsewhere, goes on.
    /// </summary>
    /// <exception cref="WorkLostException">Another worker has taken over.</exception>
    Task RunAsync(WorkLease lease, CancellationToken ct);
}
