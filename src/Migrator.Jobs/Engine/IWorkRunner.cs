using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Engine;

/// <summary>Does what is due of one thing, under its lease.</summary>
public interface IWorkRunner
{
    /// <summary>
    /// Returns when nothing more is due now; when it is due next has been stored by then. May be killed at any line: the next run, here or
    /// elsewhere, goes on.
    /// </summary>
    /// <param name="lease">The right to do it.</param>
    /// <param name="hasPlace">This run is counted among those that ask the work's server; without it, it must not.</param>
    /// <param name="ct">Cancelled when the lease is lost or Migrator shuts down.</param>
    /// <exception cref="WorkLostException">Another worker has taken over.</exception>
    Task RunAsync(WorkLease lease, bool hasPlace, CancellationToken ct);
}
