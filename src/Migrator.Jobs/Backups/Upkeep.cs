using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Migrator.Core.Backups;
using Migrator.Core.Vaults;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Backups;

namespace Migrator.Jobs.Backups;

/// <summary>
/// What happens to stored bytes between backups, account by account: is everything still there, does a part of it still hash to what was
/// stored, and may something old go? A vault that does not answer is no damage: it is looked at again next time.
/// </summary>
internal sealed class Upkeep(
    OpenVaults vaults, FolderStore folders, Database database, SecretVault seals, IOptions<PlanOptions> options, TimeProvider time,
        ILogger<Upkeep> log)
{
    private const int MinutesADay = 24 * 60;

    /// <returns>What is damaged now, in words for a person, or null; and what is left of what was asked for.</returns>
    public async Task<(string? Damage, UpkeepRest Unread)> RunAsync(WorkLease lease, BackupTask task, StoredPlan plan, CancellationToken ct)
    {
        await using var opened = await vaults.OpenAsync(task.Owner, plan.VaultIds, ct);
        var index = new BackupIndex(database, seals, lease);
        var damage = new List<string>();
        var rest = UpkeepRest.None;
        foreach (var vault in opened.Vaults)
        {
            var states = await folders.ListAsync(vault.Id, task.Did, ct);
            foreach (var state in states)
                rest = Max(rest, await VerifyAsync(lease, task, plan, index, vault, state, ct));
            await PruneAsync(plan, index, vault, states, ct);
            foreach (var state in states)
                damage.AddRange(await DescribeDamageAsync(index, state.Folder, opened.NameOf(vault.Id), ct));
        }

        return (damage.Count == 0 ? null : string.Join(' ', damage), rest);
    }

    private static UpkeepRest Max(UpkeepRest one, UpkeepRest other) => one > other ? one : other;

    private async Task<UpkeepRest> VerifyAsync(
        WorkLease lease, BackupTask task, StoredPlan plan, BackupIndex index, BackupVault vault, FolderState state, CancellationToken ct)
    {
        var verifier = new SnapshotVerifier(index, time);
        var asked = task.VerifyFrom is { } from && !(state.WholeSince >= from);
        // Trying on now would only meet the same trouble; another turn comes, and a wish is not forgotten until then.
        var away = asked ? UpkeepRest.Later : UpkeepRest.None;
        var present = await verifier.CheckPresentAsync(state.Folder, vault, ct);
        if (present.Trouble is { } trouble)
        {
            Log.VaultAway(log, task.AccountId, vault.Vault.Name, trouble.Message);
            return away;
        }

        var anew = state.Cursor is null || (asked && !(state.BeganAt >= task.VerifyFrom));
        var began = anew ? time.GetUtcNow() : state.BeganAt ?? time.GetUtcNow();
        // Ordinary turns read only their share of the days; what a person asked for is limited by time alone.
        var passes = Math.Max(1, MinutesADay / options.Value.UpkeepMinutes);
        long? bytes = asked ? null : VerifyBudget.BytesPerPass(state.Bytes, plan.VerifyEveryDays, passes);
        var budget = new VerifyBudget(TimeSpan.FromSeconds(options.Value.UpkeepSeconds), bytes);
        var pass = await verifier.CheckStoredAsync(state.Folder, vault, anew ? null : state.Cursor, budget, ct);
        Log.Read(log, task.AccountId, vault.Vault.Name, pass.Objects, pass.Bytes, pass.Bad.Count);
        if (pass.Trouble is { } stopped)
        {
            Log.VaultAway(log, task.AccountId, vault.Vault.Name, stopped.Message);
            if (pass.NextCursor is { } reached)
                await folders.NotePassAsync(lease, state.Folder.AccountId, reached, began, ct);
            return away;
        }

        await folders.NotePassAsync(lease, state.Folder.AccountId, pass.NextCursor, began, ct);
        return asked && pass.NextCursor is not null ? UpkeepRest.Now : UpkeepRest.None;
    }

    private async Task PruneAsync(
        StoredPlan plan, BackupIndex index, BackupVault vault, IReadOnlyList<FolderState> states, CancellationToken ct)
    {
        if (states.Count == 0)
            return;
        var order = new PruneOrder(vault, [.. states.Select(state => state.Folder)], plan.Retention, plan.Schedule.Zone)
        {
            Grace = TimeSpan.FromHours(options.Value.DeleteAfterHours),
        };
        try
        {
            var result = await new Pruner(index, time).RunAsync(order, ct);
            if (result.Marked + result.Unmarked + result.Deleted > 0 || result.Stopped is not null)
                Log.Pruned(log, vault.Vault.Name, result.Marked, result.Deleted, result.FreedBytes,
                    result.Stopped ?? result.Decision.Frozen ?? "");
        }
        catch (VaultException trouble)
        {
            Log.PruningStopped(log, vault.Vault.Name, trouble.Message);
        }
    }

    private static async Task<IReadOnlyList<string>> DescribeDamageAsync(
        BackupIndex index, AccountFolder folder, string vaultName, CancellationToken ct)
    {
        var damaged = (await index.ListSnapshotsAsync(folder.AccountId, ct)).Where(snapshot => snapshot.Damage is not null).ToList();
        return damaged.Count == 0
            ? []
            : [
                $"{damaged.Count} snapshot(s) in the vault \"{vaultName}\" are damaged, the newest that of "
                    + $"{damaged[0].TakenAt:yyyy-MM-dd HH:mm} UTC: "
                + $"{damaged[0].Damage}. The next backup stores anew what the server still has; snapshots that do not need it are as "
                + "they were. "
                + "Look after the disk or the store that holds the vault.",
            ];
    }
}

/// <summary>What is left to read of what a person asked for; the worst last.</summary>
public enum UpkeepRest
{
    None,

    /// <summary>A vault is away: tried again at the next turn.</summary>
    Later,

    /// <summary>The time of this turn was up.</summary>
    Now,
}
