using Microsoft.Extensions.Logging;
using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Vaults;

namespace Migrator.Core.Backups;

/// <summary>
/// One backup: find the account, see whether anything changed, fetch and verify the repo, bring its blobs and it into each vault, and
/// put the manifest last. Start reading here.
/// </summary>
public sealed class BackupRunner(
    PdsClientFactory servers, IdentityResolver identities, PlcClient plc, IBackupIndex index, IManifestSigner signer,
    BackupCacheOptions options, TimeProvider time, ILogger<BackupRunner> log) : IBackupRunner
{
    private static readonly TimeSpan VaultPause = TimeSpan.FromMinutes(10);

    public async Task<BackupOutcome> RunAsync(BackupOrder order, CancellationToken ct)
    {
        try
        {
            using var folder = SourceFolder.TryOpen(options.CacheFolder, order.Did);
            if (folder is null)
            {
                return new BackupOutcome.Waiting(
                    WaitCause.Busy, "Another backup of this account is under way.", time.GetUtcNow() + TimeSpan.FromMinutes(1));
            }
            var outcome = await RunAsync(new RunContext(order, folder, servers, time), ct).ConfigureAwait(false);
            Log.RunEnded(log, order.Did, outcome.GetType().Name);
            return outcome;
        }
        catch (ObjectGoneException gone)
        {
            Log.ObjectGone(log, order.Did, gone);
            return new BackupOutcome.Waiting(
                WaitCause.VaultTrouble, "Something that was to be used was just being deleted.", time.GetUtcNow());
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            Log.LocalTrouble(log, order.Did, problem);
            return new BackupOutcome.NeedsPerson(
                BackupTrouble.LocalDisk,
                $"The cache folder of this machine cannot be used: {problem.Message} Earlier snapshots are as they were.",
                "Make room on the disk that holds the data folder, or move Migrator:Backups:CacheFolder to another one.");
        }
    }

    private async Task<BackupOutcome> RunAsync(RunContext run, CancellationToken ct)
    {
        run.Report(BackupStage.Looking, 0, null);
        var finder = new SourceFinder(new IdentityReader(identities, plc, time));
        var (head, end) = await finder.FindAsync(run, ct).ConfigureAwait(false);
        if (head is null) return end!;
        var preferences = await ReadPreferencesAsync(run, ct).ConfigureAwait(false);
        if (await FindUnchangedAsync(run, head, preferences, ct).ConfigureAwait(false) is { } newest)
            return new BackupOutcome.Unchanged(newest);

        var vaults = run.Order.Vaults.Select(target => new VaultSide(run.Order, target, index, time)).ToList();
        foreach (var vault in vaults) await vault.OpenAsync(ct).ConfigureAwait(false);
        if (!vaults.Exists(vault => vault.IsWorking)) return Explain(vaults, run.Now);

        (var repo, end) = await new RepoFetcher(finder).FetchAsync(run, head, ct).ConfigureAwait(false);
        if (repo is null) return end!;
        using (repo)
        {
            NoteRollback(run, vaults, repo.Commit.Rev);
            var writer = new SnapshotWriter(run, signer);
            var blobs = new BlobKeeper(run, vaults);
            if (await StoreAsync(writer, blobs, vaults, repo, ct).ConfigureAwait(false) is { } stop) return stop;

            run.Report(BackupStage.Finishing, 0, null);
            var results = new List<VaultOutcome>();
            foreach (var vault in vaults)
            {
                var snapshot = vault.IsWorking
                    ? await writer.FinishAsync(vault, repo, run.State.Chain[^1].Rev, blobs.Absent, preferences ?? Unread, ct)
                        .ConfigureAwait(false)
                    : null;
                var isNew = snapshot is not null && snapshot != vault.Newest;
                results.Add(new VaultOutcome(vault.Id, snapshot, isNew, vault.Trouble?.Message, vault.Healed));
            }
            if (results.TrueForAll(result => result.Snapshot is null)) return Explain(vaults, run.Now);
            if (results.TrueForAll(result => result is { Snapshot: not null, IsNew: false }))
                return new BackupOutcome.Unchanged([.. results.Select(result => result.Snapshot!)]);
            AddRemarks(run, results, blobs.Absent.Count);
            return new BackupOutcome.Stored(results, run.Remarks);
        }
    }

    /// <summary>
    /// Repo and blobs at once: neither needs the other, and both wait for servers and disks. The first that fails stops both.
    /// </summary>
    private static async Task<BackupOutcome?> StoreAsync(
        SnapshotWriter writer, BlobKeeper blobs, List<VaultSide> vaults, VerifiedRepo repo, CancellationToken ct)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var storing = OrStopAsync(StoreRepoAsync());
        var keeping = OrStopAsync(blobs.KeepAsync(repo.Blobs, failed.Token));
        await Task.WhenAll(storing, keeping).ConfigureAwait(false);
        return await keeping.ConfigureAwait(false);

        async Task<BackupOutcome?> StoreRepoAsync()
        {
            foreach (var vault in vaults.Where(vault => vault.IsWorking))
                await writer.StoreRepoAsync(vault, failed.Token).ConfigureAwait(false);
            return null;
        }

        async Task<BackupOutcome?> OrStopAsync(Task<BackupOutcome?> work)
        {
            try
            {
                return await work.ConfigureAwait(false);
            }
            catch
            {
                await failed.CancelAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    private static ManifestPreferences Unread { get; } = new(null, "They could not be read at that time.");

    /// <summary>Null: there is a sign-in, but just now they could not be read.</summary>
    private static async Task<ManifestPreferences?> ReadPreferencesAsync(RunContext run, CancellationToken ct)
    {
        if (run.Order.Session is not { } session) return new ManifestPreferences(null, "No sign-in was given for them.");
        var read = await new LiveAccountSource(run.Servers.WithSession(run.State.Pds, session), run.Order.Did).ReadPreferencesAsync(ct)
            .ConfigureAwait(false);
        if (read.IsOk) return new ManifestPreferences(read.Value, null);
        if (read.Error.Failure == XrpcFailure.Refused)
            return new ManifestPreferences(null, $"The server does not give them: {read.Error.Message}");
        run.Remark(RemarkKind.PreferencesUnavailable, read.Error.Failure == XrpcFailure.SessionLost
            ? "The sign-in for the preferences is no longer valid. Give a new app password; records and files are backed up without it."
            : $"The preferences could not be read: {read.Error.Message}");
        return null;
    }

    /// <summary>
    /// The newest snapshot of every vault, when all of them are there and as the account is now and nothing is to be mended; else null.
    /// </summary>
    private async Task<IReadOnlyList<SnapshotSummary>?> FindUnchangedAsync(
        RunContext run, RepoHead head, ManifestPreferences? preferences, CancellationToken ct)
    {
        var all = new List<SnapshotSummary>();
        var sealedTo = AccountFolder.FingerprintOf(run.Order.Recipients);
        foreach (var vault in run.Order.Vaults)
        {
            var folder = await index.FindFolderAsync(vault.Id, run.Order.Did, sealedTo, ct).ConfigureAwait(false);
            var newest = folder is null ? null : await index.FindNewestAsync(folder.AccountId, ct).ConfigureAwait(false);
            if (newest is null || newest.Commit != head.Commit || newest.Damage is not null) return null;
            if (preferences is not null && ContentMark.Of(folder!, run.State, preferences) != newest.ContentMark) return null;
            if (newest.AbsentBlobs > 0 && IsTimeToAsk(run)) return null;
            all.Add(newest);
        }
        return await AreThereAsync(run.Order.Vaults, ct).ConfigureAwait(false) ? all : null;
    }

    /// <summary>An account that never changes is not well backed up by a disk that was unplugged long ago.</summary>
    private static async Task<bool> AreThereAsync(IReadOnlyList<BackupVault> vaults, CancellationToken ct)
    {
        try
        {
            foreach (var vault in vaults) await VaultMarker.ConfirmAsync(vault.Vault, vault.Id, ct).ConfigureAwait(false);
            return true;
        }
        catch (VaultException)
        {
            return false; // the run that follows meets it again, and says it
        }
    }

    private static bool IsTimeToAsk(RunContext run) =>
        run.State.AbsentAskedAt is not { } asked || run.Now - asked >= run.Order.Limits.AbsentBlobsEvery || asked > run.Now;

    private static void NoteRollback(RunContext run, List<VaultSide> vaults, Tid rev)
    {
        var newest = vaults.Where(vault => vault.IsWorking).Select(vault => vault.Newest).FirstOrDefault(snapshot => snapshot is not null);
        if (newest is not null && newest.Pds == run.State.Pds && string.CompareOrdinal(run.State.Chain[^1].Rev, newest.Rev) < 0)
        {
            run.Remark(RemarkKind.RolledBack,
                $"{run.State.Pds.Authority} went back to an older state of the account ({rev}) than the snapshot of "
                    + $"{newest.TakenAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC has.");
        }
    }

    private static void AddRemarks(RunContext run, List<VaultOutcome> results, int absent)
    {
        if (absent > 0)
        {
            run.Remark(RemarkKind.AbsentBlobs,
                $"{absent} files that records refer to are not on the server, or not rightly. They are named in the snapshot.");
        }
        if (results.Sum(result => result.Healed) is > 0 and var healed)
            run.Remark(RemarkKind.Healed, $"{healed} objects that were damaged or missing in a vault are stored anew.");
    }

    private static BackupOutcome Explain(List<VaultSide> vaults, DateTimeOffset now)
    {
        var first = vaults.Select(vault => vault.Trouble!).First();
        var words = string.Join(" ", vaults.Select(vault => vault.Trouble!.Message).Distinct());
        return first.Fault is VaultFault.Unreachable or VaultFault.Throttled or VaultFault.Corrupted or VaultFault.NotFound
            ? new BackupOutcome.Waiting(WaitCause.VaultTrouble, words, first.RetryAt ?? now + VaultPause)
            : new BackupOutcome.NeedsPerson(
                BackupTrouble.Vault, words, "Put the vault right; the next run goes on where this one stopped.");
    }
}
