using Migrator.Jobs.Migrations;

namespace Migrator.Jobs.Backups;

/// <summary>
/// Everything a person can do with backups. Pages and API call this and nothing else; each command is checked by its validator here, so
/// both answer alike. <c>owner</c> is who is signed in: what belongs to another owner is "not found". Ids are 32 hex digits.
/// </summary>
public interface IBackupService
{
    // Vaults: where bytes are kept.

    Task<IReadOnlyList<VaultView>> ListVaultsAsync(string owner, CancellationToken ct);

    Task<ServiceResult<VaultView>> GetVaultAsync(string owner, string id, CancellationToken ct);

    /// <summary>Tries the vault out first; one that does not work is refused with the reason.</summary>
    Task<ServiceResult<VaultView>> AddVaultAsync(string owner, AddVault command, CancellationToken ct);

    Task<ServiceResult<VaultView>> ChangeVaultAsync(string owner, string id, ChangeVault command, CancellationToken ct);

    /// <summary>Forgets the vault; what lies in it stays there. A vault that a plan writes to is refused.</summary>
    Task<ServiceResult<VaultView>> RemoveVaultAsync(string owner, string id, CancellationToken ct);

    /// <summary>The Test button before the vault is stored. Ok also when the vault does not work: the answer says so.</summary>
    Task<ServiceResult<VaultTrialView>> TryVaultAsync(string owner, AddVault command, CancellationToken ct);

    Task<ServiceResult<VaultTrialView>> TryVaultAsync(string owner, string id, CancellationToken ct);

    // Keys: whom backups are sealed to.

    Task<IReadOnlyList<BackupKeyView>> ListKeysAsync(string owner, CancellationToken ct);

    Task<ServiceResult<BackupKeyView>> GetKeyAsync(string owner, string id, CancellationToken ct);

    /// <summary>
    /// Makes a key pair. The private half is in the answer, this once, and is kept nowhere; the key counts when it is proven.
    /// </summary>
    Task<ServiceResult<BackupKeyKit>> MakeKeyAsync(string owner, MakeBackupKey command, CancellationToken ct);

    Task<ServiceResult<BackupKeyView>> BringKeyAsync(string owner, BringBackupKey command, CancellationToken ct);

    /// <summary>A small file sealed to the key, with a code in it that <see cref="ProveKeyAsync"/> takes for an hour.</summary>
    Task<ServiceResult<KeyChallenge>> ChallengeKeyAsync(string owner, string id, CancellationToken ct);

    Task<ServiceResult<BackupKeyView>> ProveKeyAsync(string owner, string id, ProveBackupKey command, CancellationToken ct);

    /// <summary>A key that a plan seals to is refused.</summary>
    Task<ServiceResult<BackupKeyView>> RemoveKeyAsync(string owner, string id, CancellationToken ct);

    // Plans: what is backed up, when, where to.

    Task<IReadOnlyList<PlanView>> ListPlansAsync(string owner, CancellationToken ct);

    Task<ServiceResult<PlanView>> GetPlanAsync(string owner, string id, CancellationToken ct);

    /// <summary>Resolves the accounts (or asks the server) and starts: the first backups run at once.</summary>
    Task<ServiceResult<PlanView>> CreatePlanAsync(string owner, SavePlan command, CancellationToken ct);

    Task<ServiceResult<PlanView>> ChangePlanAsync(string owner, string id, SavePlan command, CancellationToken ct);

    /// <summary>Ends the plan. Its snapshots stay and can be opened and restored.</summary>
    Task<ServiceResult<PlanView>> RemovePlanAsync(string owner, string id, CancellationToken ct);

    /// <summary>No backup begins and no alarm for lateness rises until it is resumed. What runs is finished.</summary>
    Task<ServiceResult<PlanView>> PausePlanAsync(string owner, string id, CancellationToken ct);

    Task<ServiceResult<PlanView>> ResumePlanAsync(string owner, string id, CancellationToken ct);

    /// <summary>Every account of the plan, now.</summary>
    Task<ServiceResult<PlanView>> RunPlanAsync(string owner, string id, CancellationToken ct);

    /// <summary>The next five times of a schedule: for the form, before anything is stored.</summary>
    Task<ServiceResult<SchedulePreview>> PreviewScheduleAsync(ScheduleInput command, CancellationToken ct);

    // Accounts: one for each DID that is or was in a plan.

    /// <param name="planId">Null: all.</param>
    Task<IReadOnlyList<BackupAccountItem>> ListAccountsAsync(string owner, string? planId, CancellationToken ct);

    Task<ServiceResult<BackupAccountView>> GetAccountAsync(string owner, string id, CancellationToken ct);

    Task<ServiceResult<BackupAccountView>> RunAccountAsync(string owner, string id, CancellationToken ct);

    /// <summary>Signs in at the account's server at once; the password is used and dropped, the tokens are sealed and kept fresh.</summary>
    Task<ServiceResult<BackupAccountView>> SignInAsync(string owner, string id, SignInForBackup command, CancellationToken ct);

    /// <summary>Erases the tokens: later snapshots have no preferences.</summary>
    Task<ServiceResult<BackupAccountView>> SignOutAsync(string owner, string id, CancellationToken ct);

    /// <summary>"It is right that so much is gone": the frozen retention goes on with the smaller account as the measure.</summary>
    Task<ServiceResult<BackupAccountView>> AcceptShrinkAsync(string owner, string id, CancellationToken ct);

    // Snapshots

    /// <summary>Of one account, newest first, in all its vaults.</summary>
    /// <param name="before">Only older ones; null: from the newest.</param>
    /// <param name="limit">1 to 500.</param>
    Task<IReadOnlyList<SnapshotView>> ListSnapshotsAsync(
        string owner, string accountId, DateTimeOffset? before, int limit, CancellationToken ct);

    Task<ServiceResult<SnapshotView>> GetSnapshotAsync(string owner, string snapshotId, CancellationToken ct);

    /// <summary>A pinned snapshot is kept by no rule but the person's: retention passes it over.</summary>
    Task<ServiceResult<SnapshotView>> PinSnapshotAsync(string owner, string snapshotId, bool pinned, CancellationToken ct);

    /// <summary>Reads every stored byte of the account again, from the beginning, soon.</summary>
    Task<ServiceResult<BackupAccountView>> VerifyAccountAsync(string owner, string accountId, CancellationToken ct);

    /// <summary>What the rules would keep and take away now. Nothing is changed.</summary>
    /// <param name="rules">Null: the plan's own.</param>
    Task<ServiceResult<RetentionPreview>> PreviewRetentionAsync(string owner, string accountId, RetentionInput? rules,
        CancellationToken ct);

    // What happened

    /// <summary>Runs of one account, newest first.</summary>
    Task<IReadOnlyList<BackupRunView>> ListRunsAsync(string owner, string accountId, int limit, CancellationToken ct);

    /// <summary>Alarms, newest first.</summary>
    /// <param name="openOnly">Only those that have not ended.</param>
    Task<IReadOnlyList<AlarmView>> ListAlarmsAsync(string owner, bool openOnly, int limit, CancellationToken ct);

    /// <summary>In one look: is everything backed up? For Home.</summary>
    Task<BackupOverview> GetOverviewAsync(string owner, CancellationToken ct);

    /// <summary>Sends a test message by webhook and e-mail, wherever one of them is set up.</summary>
    Task<ServiceResult<NotificationTest>> TestNotificationsAsync(string owner, string? email, CancellationToken ct);
}
