namespace Migrator.Jobs.Migrations;

/// <summary>
/// What a person does with a restore beside what every migration takes (<see cref="IMigrationService"/>: destination, account, start,
/// pause, resume, cancel, report). The same rules: checked here, another owner's is "not found".
/// </summary>
public interface IRestoreService
{
    /// <summary>
    /// Stores a draft. The old server is not asked; an unfinished restore of the same account is returned instead of a second one.
    /// </summary>
    Task<ServiceResult<MigrationView>> CreateRestoreAsync(string owner, CreateMigration command, CancellationToken ct);

    /// <summary>Names a file, archive or folder on the machine that runs Migrator.</summary>
    Task<ServiceResult<MigrationView>> AddFilesAsync(string owner, string id, AddFiles command, CancellationToken ct);

    /// <summary>Takes a CAR file or an archive from the person's browser or program; it is erased when the restore ends.</summary>
    Task<ServiceResult<MigrationView>> UploadAsync(string owner, string id, string? fileName, Stream content, CancellationToken ct);

    /// <summary>
    /// The old server is to be asked for what nothing else has. Without this it is never contacted. With a password it is asked as the
    /// account's owner, which it needs to give out an account that is switched off; the sign-in is kept sealed until the end.
    /// </summary>
    Task<ServiceResult<MigrationView>> AddOldServerAsync(string owner, string id, AddOldServer command, CancellationToken ct);

    /// <summary>Looks into a vault, known here or never seen before, with the key of its backups. Nothing is kept.</summary>
    Task<ServiceResult<VaultContents>> LookIntoVaultAsync(string owner, LookIntoVault command, CancellationToken ct);

    /// <summary>Names a snapshot: by its name, or the newest one up to a time. The key is kept sealed until the end.</summary>
    Task<ServiceResult<MigrationView>> AddSnapshotAsync(string owner, string id, AddSnapshot command, CancellationToken ct);

    Task<ServiceResult<MigrationView>> RemoveSourceAsync(string owner, string id, string sourceId, CancellationToken ct);

    /// <summary>Which source the records are from; the others fill in what it lacks.</summary>
    Task<ServiceResult<MigrationView>> ChooseRecordsAsync(string owner, string id, ChooseRecords command, CancellationToken ct);

    /// <summary>Reads a key and says which it is; keeps nothing.</summary>
    ServiceResult<RotationKeyName> NameKey(GiveRotationKey command);

    /// <summary>
    /// The rotation key that signs (kept sealed until the end), or only its did:key: then the operations are signed elsewhere.
    /// </summary>
    Task<ServiceResult<MigrationView>> GiveRotationKeyAsync(string owner, string id, GiveRotationKey command, CancellationToken ct);

    /// <summary>What is to become of the old server's keys.</summary>
    Task<ServiceResult<MigrationView>> ChooseKeysAsync(string owner, string id, ChooseKeys command, CancellationToken ct);

    /// <summary>Which operation of the log was the last good one.</summary>
    Task<ServiceResult<MigrationView>> DecideLogAsync(string owner, string id, DecideLog command, CancellationToken ct);

    Task<ServiceResult<MigrationView>> GoRestoreAsync(string owner, string id, GiveRestoreGo command, CancellationToken ct);

    /// <summary>Hands in an operation that was signed elsewhere.</summary>
    Task<ServiceResult<MigrationView>> GiveOperationAsync(string owner, string id, GiveOperation command, CancellationToken ct);

    /// <summary>The way back: the identity says again what it said before it was claimed.</summary>
    Task<ServiceResult<MigrationView>> ReleaseAsync(string owner, string id, GiveRestoreGo command, CancellationToken ct);
}
