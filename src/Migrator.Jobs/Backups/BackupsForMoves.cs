using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Migrations;

namespace Migrator.Jobs.Backups;

/// <summary>A move asks for one more backup of an account that a plan of the same owner covers.</summary>
internal sealed class BackupsForMoves(IBackupService backups) : ISealedBackups
{
    public async Task<SealedBackup?> BringUpToDateAsync(string owner, Did did, DateTimeOffset since, CancellationToken ct)
    {
        var account = (await backups.ListAccountsAsync(owner, null, ct))
            .FirstOrDefault(account => account.Did == did.ToString() && account.PlanId is not null);
        if (account is null or { Health: BackupHealth.Paused })
            return null;
        var plan = account.PlanName ?? "backup";
        if (account.LastGoodAt >= since)
            return new SealedBackup(plan, account.LastGoodAt, null);
        var newest = (await backups.ListRunsAsync(owner, account.Id, 1, ct)).FirstOrDefault(run => run.StartedAt >= since);
        if (newest is null)
            await backups.RunAccountAsync(owner, account.Id, ct);
        // What a server asks for, and what a killed worker left, mends itself.
        return new SealedBackup(
            plan,
            null,
            newest is
            {
                EndedAt: not null,
                Outcome: BackupRunOutcome.Failed or BackupRunOutcome.NeedsPerson or BackupRunOutcome.AccountGone
            }
                ? newest.Message
                : null);
    }
}
