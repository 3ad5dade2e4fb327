namespace Migrator.Core.Drills;

/// <summary>
/// Restores a snapshot for real into a throw-away sandbox and proves that the account is whole there. Nothing of the account's own world
/// is touched: neither its server nor the PLC directory is asked anything.
/// </summary>
public interface IDrill
{
    /// <summary>
    /// Runs one drill. What is wrong with the snapshot, or kept the drill from being made, is in the report and no exception. The sandbox
    /// and everything unsealed are gone when it returns, however it ends.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was stopped; everything was put away.</exception>
    Task<DrillReport> RunAsync(DrillOrder order, IProgress<DrillProgress>? progress, CancellationToken ct);

    /// <summary>
    /// Deletes what drills left that were killed. Those under way, also in other processes, keep theirs. To be called at the start of the
    /// program, with the folder that <see cref="DrillOrder.WorkFolder"/> is going to name.
    /// </summary>
    void Sweep(string workFolder);
}
