using Migrator.Core.Backups;
using Migrator.Jobs.Storage.Backups;

namespace Migrator.Jobs.Backups;

/// <summary>What a backup's outcome means for the tables and for the person.</summary>
internal static class OutcomeWords
{
    public static BackupResult Judge(BackupOutcome outcome, OpenedVaults vaults) => outcome switch
    {
        BackupOutcome.Unchanged unchanged => new BackupResult(BackupRunOutcome.Unchanged, null, Snapshots: unchanged.Newest),
        BackupOutcome.Stored stored => Judge(stored, vaults),
        BackupOutcome.Waiting { Cause: WaitCause.AskedToWait or WaitCause.Busy } waiting =>
            new BackupResult(
                BackupRunOutcome.Waiting, waiting.Reason, waiting.Until, CountsAsTry: false,
                    HostAsked: waiting.Cause == WaitCause.AskedToWait),
        BackupOutcome.Waiting waiting => new BackupResult(BackupRunOutcome.Failed, waiting.Reason, waiting.Until),
        BackupOutcome.NeedsPerson person => new BackupResult(BackupRunOutcome.NeedsPerson, $"{person.Message} {person.Remedy}"),
        BackupOutcome.AccountGone gone => new BackupResult(BackupRunOutcome.AccountGone, gone.Message),
        _ => throw new InvalidOperationException($"Unknown outcome {outcome.GetType().Name}."),
    };

    private static BackupResult Judge(BackupOutcome.Stored stored, OpenedVaults vaults)
    {
        var made = stored.Vaults.Where(vault => vault is { IsNew: true, Snapshot: not null }).Select(vault => vault.Snapshot!).ToList();
        var newest = made.Count > 0 ? made : [.. stored.Vaults.Where(vault => vault.Snapshot is not null).Select(vault => vault.Snapshot!)];
        var bytes = made.Sum(snapshot => snapshot.NewBytes);
        if (stored.IsPartial)
        {
            var problems = stored.Vaults.Where(vault => vault.Snapshot is null)
                .Select(vault => $"The vault \"{vaults.NameOf(vault.VaultId)}\" got no snapshot: {vault.Problem}");
            return new BackupResult(BackupRunOutcome.Failed, string.Join(' ', problems), Snapshots: newest, NewBytes: bytes);
        }

        if (stored.Shrink is { } shrink)
        {
            var message = $"{shrink} It was backed up, but nothing older is deleted until you say that this is right.";
            return new BackupResult(BackupRunOutcome.Shrunk, message, Snapshots: newest, NewBytes: bytes);
        }

        var remarks = stored.Remarks.Count == 0 ? null : string.Join(' ', stored.Remarks.Select(remark => remark.Text));
        return new BackupResult(BackupRunOutcome.Stored, remarks, Snapshots: newest, NewBytes: bytes);
    }
}
