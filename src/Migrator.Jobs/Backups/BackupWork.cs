using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Migrator.Core.Age;
using Migrator.Core.Backups;
using Migrator.Jobs.Engine;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Backups;

namespace Migrator.Jobs.Backups;

/// <summary>
/// One run for one account: a backup if that is due, else the upkeep of what is stored. Never both: a run that asks a server holds one of
/// that server's few places, and reading stored bytes needs none.
/// </summary>
internal sealed class BackupWork(
    BackupWorkStore store,
    OpenVaults vaults,
    BackupKeyStore keys,
    Upkeep upkeep,
    SealedSecrets secrets,
    Database database,
    SecretVault seals,
    Func<IBackupIndex, IBackupRunner> runnerWith,
    IOptions<PlanOptions> options,
    ILogger<BackupWork> log) : IBackupWork
{
    public async Task RunAsync(WorkLease lease, bool hasPlace, CancellationToken ct)
    {
        if (await store.BeginAsync(lease, hasPlace, ct) is not { Plan: { } plan } task)
            return;
        if (task.RunId is not null)
        {
            var result = await BackUpAsync(lease, task, plan, ct);
            await store.FinishBackupAsync(lease, task, result, ct);
            Log.BackedUp(log, task.AccountId, result.Outcome, result.NewBytes);
        }
        else if (task.UpkeepDue)
        {
            var (damage, rest) = await upkeep.RunAsync(lease, task, plan, ct);
            await store.FinishUpkeepAsync(lease, task.AccountId, damage, rest, ct);
        }
    }

    private async Task<BackupResult> BackUpAsync(WorkLease lease, BackupTask task, StoredPlan plan, CancellationToken ct)
    {
        var recipients = new List<X25519Recipient>();
        foreach (var id in plan.KeyIds)
        {
            if (await keys.FindAsync(task.Owner, id, ct) is { IsUsable: true } key
                && AgeRecipient.TryParse(key.Recipient, out var recipient))
                recipients.Add(recipient);
        }

        if (recipients.Count == 0)
        {
            return new BackupResult(
                BackupRunOutcome.NeedsPerson, $"The plan \"{plan.Name}\" has no key to seal backups to. Nothing was stored. Choose a key "
                    + "for the plan.");
        }

        await using var opened = await vaults.OpenAsync(task.Owner, plan.VaultIds, ct);
        if (opened.Vaults.Count == 0)
        {
            return new BackupResult(
                BackupRunOutcome.NeedsPerson, $"The plan \"{plan.Name}\" has no vault to write to. Nothing was stored. Choose a vault "
                    + "for the plan.");
        }

        var order = new BackupOrder(
            task.Did, opened.Vaults, recipients, task.HasSession ? new SealedBackupSession(secrets, task.Owner, task.AccountId) : null)
        {
            Limits = new BackupLimits
            {
                BlobsAtOnce = options.Value.BlobsAtOnce,
                IdentityEvery = TimeSpan.FromHours(options.Value.IdentityHours),
            },
        };
        // The runner's books are those of this lease: what a worker that slept through it writes is refused.
        var runner = runnerWith(new BackupIndex(database, seals, lease));
        return OutcomeWords.Judge(await runner.RunAsync(order, ct), opened);
    }
}
