namespace Migrator.Core.Backups;

/// <summary>How one run of a backup ended. Whatever it is, earlier snapshots are as they were.</summary>
public abstract record BackupOutcome
{
    private BackupOutcome()
    {
    }

    /// <summary>The account is as the newest snapshot of every vault has it; nothing was stored.</summary>
    /// <param name="Newest">That snapshot, one for each vault.</param>
    public sealed record Unchanged(IReadOnlyList<SnapshotSummary> Newest) : BackupOutcome;

    /// <summary>At least one vault holds a new snapshot, or the newest one already. Look at <see cref="VaultOutcome"/> for each.</summary>
    /// <param name="Vaults">In the order of <see cref="BackupOrder.Vaults"/>.</param>
    /// <param name="Remarks">For a person: handle changed, moved to another host, preferences could not be read, blobs that are absent.</param>
    public sealed record Stored(IReadOnlyList<VaultOutcome> Vaults, IReadOnlyList<BackupRemark> Remarks) : BackupOutcome
    {
        /// <summary>Some vault did not get its snapshot: the run should be repeated soon.</summary>
        public bool IsPartial => Vaults.Any(vault => vault.Snapshot is null);

        /// <summary>Records or blobs went down suddenly in a new snapshot: raise an alarm, and delete no older ones.</summary>
        public string? Shrink => Vaults.Select(vault => vault.IsNew ? vault.Snapshot?.Shrink : null).FirstOrDefault(text => text is not null);
    }

    /// <summary>Nothing is wrong that time does not mend: try again then. What was stored so far is used by the next run.</summary>
    /// <param name="Cause">On whose side.</param>
    /// <param name="Reason">For a person.</param>
    /// <param name="Until">When the other side said, or a usual pause.</param>
    public sealed record Waiting(WaitCause Cause, string Reason, DateTimeOffset Until) : BackupOutcome;

    /// <summary>No try will help until somebody does something.</summary>
    public sealed record NeedsPerson(BackupTrouble Cause, string Message, string Remedy) : BackupOutcome;

    /// <summary>The account is not shown by any server at present. Its snapshots stay as they are.</summary>
    /// <param name="Kind">Why.</param>
    /// <param name="Message">For a person.</param>
    public sealed record AccountGone(AccountAbsence Kind, string Message) : BackupOutcome;
}

/// <summary>What one vault got.</summary>
/// <param name="VaultId">Which.</param>
/// <param name="Snapshot">Its newest snapshot now; null when <paramref name="Problem"/> kept it from getting one.</param>
/// <param name="IsNew">This run stored it.</param>
/// <param name="Problem">For a person: what went wrong in this vault.</param>
/// <param name="Healed">Objects that were damaged or missing there and are stored anew.</param>
public sealed record VaultOutcome(Guid VaultId, SnapshotSummary? Snapshot, bool IsNew, string? Problem, int Healed);

/// <summary>Something in a successful run that a person may want to know.</summary>
public sealed record BackupRemark(RemarkKind Kind, string Text);

public enum RemarkKind
{
    HandleChanged,
    MovedHost,
    AbsentBlobs,
    PreferencesUnavailable,
    IdentityUnavailable,
    RolledBack,
    Healed,
}

public enum WaitCause
{
    /// <summary>The server asked for patience (429).</summary>
    AskedToWait,

    /// <summary>The account's server is down, slow or broken.</summary>
    SourceTrouble,

    /// <summary>The identity could not be looked up.</summary>
    DirectoryTrouble,

    /// <summary>No vault could be written to at present.</summary>
    VaultTrouble,

    /// <summary>Another run of the same account is under way on this machine.</summary>
    Busy,
}

public enum BackupTrouble
{
    /// <summary>What the server sent is not the account's repo: wrong signature, foreign account, damaged. Nothing of it was kept.</summary>
    SourceLies,

    /// <summary>The identity leads nowhere that can be used.</summary>
    Identity,

    /// <summary>A vault is full, refuses, or is not the one it was.</summary>
    Vault,

    /// <summary>The disk of this machine is full or broken.</summary>
    LocalDisk,

    /// <summary>The server's address may not be called by the settings of this instance.</summary>
    BlockedAddress,

    /// <summary>Too large for the limits.</summary>
    TooLarge,
}

public enum AccountAbsence
{
    Deactivated,
    TakenDown,
    Suspended,

    /// <summary>The server named by the identity does not have the account.</summary>
    NotOnItsHost,

    /// <summary>The identity was ended for good.</summary>
    Tombstoned,

    /// <summary>The server says that it does not show the account and gives a reason that Migrator does not know.</summary>
    Other,
}
