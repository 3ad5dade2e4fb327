using System.Globalization;
using System.Security.Cryptography;
using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Backups;

/// <summary>
/// Brings the local copy of a repo up to date: what changed since the last run if the server gives that and it verifies together with
/// what is there; else everything. A file that did not verify is deleted and never named anywhere.
/// </summary>
internal sealed class RepoFetcher(SourceFinder finder)
{
    private const int Tries = 3;

    /// <returns>The verified repo, which the caller disposes and which <see cref="SourceState.Chain"/> now names; or how the run ends.</returns>
    public async Task<(VerifiedRepo? Repo, BackupOutcome? End)> FetchAsync(RunContext run, RepoHead head, CancellationToken ct)
    {
        run.Folder.DeleteTemporary();
        var chain = run.Folder.Has(run.State.Chain) ? run.State.Chain : [];
        if (chain.Count > 0 && run.State.Commit == head.Commit)
        {
            var (cached, _) = await VerifyAsync(run, chain, ct).ConfigureAwait(false);
            if (cached is not null) return (cached, null);
            chain = []; // the files on this disk were damaged
        }
        if (chain.Count > 0 && chain[^1].Host == run.State.Pds.Authority)
        {
            var delta = await ExportAsync(run, head, chain, ct).ConfigureAwait(false);
            if (delta.Repo is not null) return (await CompactAsync(run, delta.Repo, ct).ConfigureAwait(false), null);
            if (!delta.AskAgain) return (null, delta.End);
        }
        for (var attempt = 1; ; attempt++)
        {
            var full = await ExportAsync(run, head, [], ct).ConfigureAwait(false);
            if (!full.AskAgain || attempt == Tries) return (full.Repo, full.End);
        }
    }

    /// <summary>Exports on top of a chain, or everything when it is empty.</summary>
    private async Task<Export> ExportAsync(RunContext run, RepoHead head, IReadOnlyList<CachedCar> chain, CancellationToken ct)
    {
        var since = chain.Count > 0 ? chain[^1].Rev : null;
        var host = run.State.Pds.Authority;
        var opened = await run.Reader.GetRepoAsync(run.Order.Did, since, ct).ConfigureAwait(false);
        if (!opened.IsOk)
        {
            // A server that knows no "since" is asked for everything.
            var refusedDelta = since is not null && opened.Error.Failure == XrpcFailure.Refused && !opened.Error.SaysAccountGone();
            return new Export(null, opened.Error.ToOutcome(WaitCause.SourceTrouble, run.Now), refusedDelta);
        }
        var name = string.Create(CultureInfo.InvariantCulture, $"{run.Now.ToUnixTimeMilliseconds()}-{head.Rev}.tmp");
        var path = run.Folder.PathOf(name);
        var cut = await CarDownload.ToFileAsync(
            opened.Value, PrivateFile.Create(path), run.Order.Limits.LargestRepo,
            bytes =>
            {
                run.Report(BackupStage.FetchingRepo, bytes, null);
                return Task.CompletedTask;
            },
            ct).ConfigureAwait(false);
        if (cut is not null)
        {
            File.Delete(path);
            return new Export(null, SourceAnswers.Trouble($"The export from {host} was cut off: {cut}.", run.Now), AskAgain: false);
        }

        var car = new CachedCar(name, since is null ? CarKind.Full : CarKind.Delta, host, head.Rev, since, new FileInfo(path).Length, "");
        var (repo, fault) = await VerifyAsync(run, [.. chain, car], ct).ConfigureAwait(false);
        if (fault is { Fault: RepoFault.CommitSignature } && !run.IdentityIsFresh)
        {
            // The key may have been changed since the identity was read.
            if (await finder.RefreshIdentityAsync(run, run.State, ct).ConfigureAwait(false) is { } end) return new Export(null, end, AskAgain: false);
            (repo, fault) = await VerifyAsync(run, [.. chain, car], ct).ConfigureAwait(false);
        }
        if (repo is not null && await IsHeadAsync(run, repo, head, ct).ConfigureAwait(false))
        {
            await AdoptAsync(run, chain, car, repo, ct).ConfigureAwait(false);
            return new Export(repo, null, AskAgain: false);
        }
        repo?.Dispose();
        File.Delete(path);
        if (fault is null)
        {
            var other = SourceAnswers.Trouble($"{host} says that its newest commit is {head.Commit}, but exports another.", run.Now);
            return new Export(null, other, AskAgain: true);
        }
        // Whatever is wrong with a delta, all that follows is that everything is asked for.
        return new Export(null, Judge(run, host, fault), AskAgain: since is not null || IsIncomplete(fault));
    }

    /// <summary>The file becomes part of the local copy: only now, and all at once.</summary>
    private static async Task AdoptAsync(RunContext run, IReadOnlyList<CachedCar> chain, CachedCar car, VerifiedRepo repo, CancellationToken ct)
    {
        var temporary = run.Folder.PathOf(car.File);
        var hash = await HashAsync(temporary, ct).ConfigureAwait(false);
        var kept = car with { File = Path.ChangeExtension(car.File, ".car"), Sha256 = hash };
        // Renaming does not disturb the verified repo, which holds the file open.
        File.Move(temporary, run.Folder.PathOf(kept.File), overwrite: true);
        run.State = run.State with { Chain = [.. chain, kept], Commit = repo.Commit.Cid };
        await run.Folder.WriteStateAsync(run.State, ct).ConfigureAwait(false);
    }

    /// <summary>When there are too many deltas, or they are too large, writes one full file from what is there; nothing is downloaded for it.</summary>
    private static async Task<VerifiedRepo> CompactAsync(RunContext run, VerifiedRepo repo, CancellationToken ct)
    {
        var chain = run.State.Chain;
        var deltas = chain.Skip(1).Sum(car => car.Length);
        var limits = run.Order.Limits;
        if (chain.Count <= limits.MostDeltas + 1 && deltas <= Math.Max(1 << 20, limits.LargestDeltaShare * chain[0].Length)) return repo;

        var newest = chain[^1];
        var name = $"{Path.GetFileNameWithoutExtension(newest.File)}-full.car";
        var path = run.Folder.PathOf(name);
        using (repo)
        {
            await using var file = PrivateFile.Create(path);
            repo.WriteFullCar(file, ct);
            await file.FlushAsync(ct).ConfigureAwait(false);
        }
        var full = new CachedCar(
            name, CarKind.Full, newest.Host, newest.Rev, null, new FileInfo(path).Length, await HashAsync(path, ct).ConfigureAwait(false));
        var (compact, fault) = await VerifyAsync(run, [full], ct).ConfigureAwait(false);
        if (compact is null) throw new InvalidOperationException("A repo that was verified does not verify when written anew.", fault);
        run.State = run.State with { Chain = [full] };
        await run.Folder.WriteStateAsync(run.State, ct).ConfigureAwait(false);
        return compact;
    }

    private static async Task<(VerifiedRepo? Repo, RepoFaultException? Fault)> VerifyAsync(
        RunContext run, IReadOnlyList<CachedCar> chain, CancellationToken ct)
    {
        run.Report(BackupStage.CheckingRepo, 0, chain.Sum(car => car.Length));
        try
        {
            var files = chain.Select(car => run.Folder.PathOf(car.File)).ToList();
            var expectation = new RepoExpectation(run.Order.Did, SigningKeys(run.State));
            return (await RepoVerifier.VerifyFilesAsync(files, expectation, null, null, ct).ConfigureAwait(false), null);
        }
        catch (RepoFaultException fault)
        {
            return (null, fault);
        }
    }

    /// <summary>Today's key first; for a did:plc older ones too, since the newest commit may be older than the last change of key.</summary>
    private static List<PublicKey> SigningKeys(SourceState state)
    {
        var keys = new List<PublicKey>();
        if (DidDocument.TryRead(state.Did, state.Identity.Document)?.SigningKey is { } current) keys.Add(current);
        if (state.Identity.AuditLog is { } log)
            keys.AddRange(PlcAuditLog.Replay(state.Did, log).SigningKeysNewestFirst.Where(key => !keys.Contains(key)));
        return keys;
    }

    /// <summary>Is the export the head that the server named, or one that was written meanwhile?</summary>
    private static async Task<bool> IsHeadAsync(RunContext run, VerifiedRepo repo, RepoHead head, CancellationToken ct)
    {
        if (repo.Commit.Cid == head.Commit) return true;
        if (string.CompareOrdinal(repo.Commit.Rev.ToString(), head.Rev) > 0) return true;
        var again = await run.Reader.GetLatestCommitAsync(run.Order.Did, ct).ConfigureAwait(false);
        return again.IsOk && again.Value.Cid == repo.Commit.Cid;
    }

    private static BackupOutcome Judge(RunContext run, string host, RepoFaultException fault) => IsIncomplete(fault)
        ? SourceAnswers.Trouble($"The export from {host} is not whole: {fault.Message}", run.Now)
        : new BackupOutcome.NeedsPerson(
            BackupTrouble.SourceLies,
            $"What {host} sent is not a sound repo of this account: {fault.Message} Nothing of it was stored; earlier snapshots are as they were.",
            "The next run tries again. If it stays like this, ask whoever runs that server, and consider moving the account from the newest snapshot.");

    // Writes during an export can leave blocks out: that passes.
    private static bool IsIncomplete(RepoFaultException fault) => fault.Fault is RepoFault.CborTruncated or RepoFault.CarTruncated
        or RepoFault.CarEmpty or RepoFault.CommitMissing or RepoFault.BlockMissing or RepoFault.RecordMissing;

    private static async Task<string> HashAsync(string path, CancellationToken ct)
    {
        await using var file = PrivateFile.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, ct).ConfigureAwait(false));
    }

    /// <param name="AskAgain">The answer was no good, but another request, for everything, may give a better one.</param>
    private sealed record Export(VerifiedRepo? Repo, BackupOutcome? End, bool AskAgain);
}
