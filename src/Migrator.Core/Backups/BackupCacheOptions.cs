namespace Migrator.Core.Backups;

/// <summary>Where backups keep their working files. Section <c>Migrator:Backups</c>.</summary>
public sealed class BackupCacheOptions
{
    public const string Section = "Migrator:Backups";

    /// <summary>
    /// Folder for the verified CAR files of every account, by which a delta is verified as a whole repo: public data, about as large as
    /// the repos. It may be deleted at any time; the next run of each account then stores a full export again.
    /// </summary>
    /// <value>Default: <c>backup-cache</c> in the data folder.</value>
    public string CacheFolder { get; set; } = "data/backup-cache";
}
