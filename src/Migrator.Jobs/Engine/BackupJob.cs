using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Engine;

/// <summary>One run of what is due for one account that is backed up.</summary>
internal sealed class BackupJob(IBackupWork work, WorkJobTools tools) : WorkJob(WorkKind.Backup, work, tools);

/// <summary>The runner of backups.</summary>
public interface IBackupWork : IWorkRunner;
