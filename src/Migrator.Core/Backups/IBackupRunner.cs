namespace Migrator.Core.Backups;

/// <summary>Makes one backup of one account. What goes wrong out there is an outcome, not an exception.</summary>
public interface IBackupRunner
{
    /// <summary>
    /// Looks at the account and stores what is new. May be stopped or killed at any moment: half a snapshot is never visible, and the next
    /// run uses what was stored. Two runs of one account at once do no harm but do the work twice.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    Task<BackupOutcome> RunAsync(BackupOrder order, CancellationToken ct);
}
