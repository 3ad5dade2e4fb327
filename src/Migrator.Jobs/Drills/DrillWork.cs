using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Migrator.Core.Age;
using Migrator.Core.Backups;
using Migrator.Core.Drills;
using Migrator.Core.Vaults;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Engine;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Drills;

namespace Migrator.Jobs.Drills;

/// <summary>One run of one drill: the key, the vault, the drill itself, and what it says into the books.</summary>
internal sealed class DrillWork(
    DrillWorkStore store,
    DrillKeys keys,
    SealedSecrets secrets,
    OpenVaults vaults,
    IDrill drill,
    IBackupIndex index,
    IWaker waker,
    IOptions<StorageOptions> storage,
    TimeProvider time,
    ILogger<DrillWork> log) : IDrillWork
{
    /// <summary>Everything unsealed is in here, and is gone when a drill is over.</summary>
    public string WorkFolder => Path.Combine(Path.GetFullPath(storage.Value.Data), "drills");

    public async Task RunAsync(WorkLease lease, bool hasPlace, CancellationToken ct)
    {
        var given = keys.Find(lease.Work.Key);
        switch (await store.BeginAsync(lease, given is not null, ct))
        {
            case DrillBeginning.Go go:
                Log.Begun(log, go.Task.Id, go.Task.AccountId, go.Task.Start);
                var end = await DrillAsync(lease, go.Task, given, ct);
                await store.FinishAsync(lease, go.Task, end, ct);
                keys.Drop(go.Task.Id);
                Log.Ended(log, go.Task.Id, end.State);
                if (end.State == DrillState.Damaged)
                    await waker.WakeAsync(new WorkId(WorkKind.Backup, Guid.ParseExact(go.Task.AccountId, "N")), ct);
                break;
            case DrillBeginning.Over:
                keys.Drop(lease.Work.Key);
                break;
            default:
                break;
        }
    }

    private async Task<DrillEnd> DrillAsync(WorkLease lease, DrillTask task, IReadOnlyList<AgeIdentity>? given, CancellationToken ct)
    {
        IReadOnlyList<AgeIdentity>? kept = null;
        try
        {
            if (task.KeyFrom == DrillKeySource.Escrow)
                kept = KeyText.Read(await secrets.ReadAsync(SecretKey.DrillIdentity(task.AccountId), ct));
            if ((given ?? kept) is not { } identities)
                return CouldNotRun("The key that was kept here was erased meanwhile. Give it again, or begin a drill with the key in hand.");
            if (await vaults.FindAsync(task.Owner, task.VaultId, ct) is not { } place)
                return CouldNotRun("The vault of this snapshot is not known here any more.");
            await using var vault = place.Vault;
            if (await FindObstacleAsync(place, task.SnapshotName, identities, ct) is { } obstacle)
                return CouldNotRun(obstacle);
            return await DrillAsync(lease, task, vault, identities, ct);
        }
        catch (SealBrokenException)
        {
            return CouldNotRun("The key that is kept here does not open with this machine's master key. Give it again.");
        }
        finally
        {
            KeyText.Dispose(kept ?? []);
        }
    }

    private async Task<DrillEnd> DrillAsync(
        WorkLease lease, DrillTask task, IVault vault, IReadOnlyList<AgeIdentity> identities, CancellationToken ct)
    {
        var order = new DrillOrder { Vault = vault, Snapshot = task.SnapshotName, Identities = identities, WorkFolder = WorkFolder };
        DrillReport report;
        await using (var progress = new ProgressNotes(store, lease, time, log))
            report = await drill.RunAsync(order, progress, ct);
        await MarkAsync(task, report, ct);
        return new DrillEnd(
            report.Outcome switch
            {
                DrillOutcome.Proven => DrillState.Proven,
                DrillOutcome.Faulty => DrillState.Damaged,
                _ => DrillState.NotProven,
            },
            DrillSentences.Of(report),
            report);
    }

    /// <summary>
    /// What would make a drill find "damage" that is none: a vault that is not there, or another one in its place, or another key.
    /// Null: nothing does.
    /// </summary>
    private static async Task<string?> FindObstacleAsync(
        BackupVault place, string snapshot, IReadOnlyList<AgeIdentity> identities, CancellationToken ct)
    {
        try
        {
            await VaultMarker.ConfirmAsync(place.Vault, place.Id, ct);
            await SnapshotReader.OpenAsync(place.Vault, snapshot, identities, ct);
            return null;
        }
        catch (VaultException fault)
        {
            return $"The vault cannot be read now. {fault.Message}";
        }
        catch (SnapshotFaultException fault) when (fault.Fault == SnapshotFault.WrongKey)
        {
            return "The key does not open this snapshot: it was sealed to another one. Give the private key that the plan seals to now.";
        }
        catch (SnapshotFaultException)
        {
            // That is for the drill to say, with all that is wrong besides.
            return null;
        }
    }

    /// <summary>Notes in the books of the backups what the drill showed of the snapshot and its objects.</summary>
    private async Task MarkAsync(DrillTask task, DrillReport report, CancellationToken ct)
    {
        if (!BackupLayout.TryReadSnapshotName(task.SnapshotName, out var folder, out _))
            throw new InvalidOperationException("The index holds a snapshot whose name is none.");
        if (report.Proven)
        {
            await index.MarkOpenedAsync(folder, task.SnapshotName, report.EndedAt, ct);
            return;
        }

        if (report.Outcome != DrillOutcome.Faulty)
            return;
        var stored = report.Findings.Where(finding => finding.Kind is DrillFindingKind.ObjectDamaged or DrillFindingKind.ObjectMissing && finding.Object is not null)
            .Select(finding => new ObjectCheck(
                finding.Object!,
                finding.Kind == DrillFindingKind.ObjectMissing ? ObjectHealth.Missing : ObjectHealth.Damaged,
                VerifyDepth.Opened,
                report.EndedAt,
                finding.Text))
            .DistinctBy(check => check.Name).ToList();
        // What is wrong with no single object is the snapshot's own: its manifest stands for it.
        if (stored.Count == 0)
            stored.Add(new ObjectCheck(task.SnapshotName, ObjectHealth.Damaged, VerifyDepth.Opened, report.EndedAt, DrillSentences.Of(report)));
        await index.MarkCheckedAsync(folder, stored, ct);
    }

    private static DrillEnd CouldNotRun(string why) => new(DrillState.CouldNotRun, why);
}
