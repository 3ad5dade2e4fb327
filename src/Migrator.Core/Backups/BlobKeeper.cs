using System.Collections.Concurrent;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Backups;

/// <summary>
/// Brings every blob that records refer to into every vault that lacks it: each is downloaded once, hashed and sealed on the way. What the
/// server does not have, or has damaged, is written down by name; copies that are in a vault already count whatever the server has now.
/// </summary>
internal sealed class BlobKeeper(RunContext run, IReadOnlyList<VaultSide> vaults)
{
    private readonly ConcurrentDictionary<Cid, AbsentBlob> _absent = new();
    private BackupOutcome? _end;
    private long _done;

    /// <summary>Blobs that some vault does not have, and why.</summary>
    public IReadOnlyDictionary<Cid, AbsentBlob> Absent => _absent;

    /// <returns>Null when all is done that can be done now; else how the run ends.</returns>
    public async Task<BackupOutcome?> KeepAsync(IReadOnlyCollection<BlobReference> blobs, CancellationToken ct)
    {
        var known = (await run.Folder.ReadAbsentAsync(ct).ConfigureAwait(false)).ToDictionary(absence => absence.Cid);
        var asking = run.State.AbsentAskedAt is not { } asked || run.Now - asked >= run.Order.Limits.AbsentBlobsEvery || asked > run.Now;
        var needed = new List<BlobReference>();
        foreach (var blob in blobs)
        {
            var content = ObjectContent.OfBlob(blob.Cid);
            if (vaults.All(vault => vault.TryFind(content, out _))) continue;
            if (!asking && known.TryGetValue(blob.Cid, out var absence)) _absent[blob.Cid] = absence.Absent with { Path = blob.FirstPath };
            else needed.Add(blob);
        }
        if (needed.Count > 0) await FetchAllAsync(needed, ct).ConfigureAwait(false);
        if (_end is not null) return _end;

        if (_absent.Count + known.Count > 0)
        {
            var now = run.Now;
            await run.Folder.WriteAbsentAsync(
                [.. _absent.OrderBy(item => item.Key).Select(item => new KnownAbsence(item.Key, item.Value, now))], ct).ConfigureAwait(false);
        }
        if (asking) run.State = run.State with { AbsentAskedAt = _absent.IsEmpty ? null : run.Now };
        await run.Folder.WriteStateAsync(run.State, ct).ConfigureAwait(false);
        return null;
    }

    private async Task FetchAllAsync(List<BlobReference> needed, CancellationToken ct)
    {
        // The first trouble of the source stops all others soon; what they have stored by then stays.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var fetcher = new BlobFetcher(run);
        var options = new ParallelOptions { MaxDegreeOfParallelism = run.Order.Limits.BlobsAtOnce, CancellationToken = stop.Token };
        try
        {
            await Parallel.ForEachAsync(needed, options, async (blob, cancel) =>
            {
                var working = vaults.Where(vault => vault.IsWorking && !vault.TryFind(ObjectContent.OfBlob(blob.Cid), out _)).ToList();
                if (working.Count == 0) return;
                var result = await fetcher.FetchAsync(blob, working, cancel).ConfigureAwait(false);
                if (result.Absent is not null) _absent[blob.Cid] = result.Absent;
                if (result.End is not null && Interlocked.CompareExchange(ref _end, result.End, null) is null) await stop.CancelAsync().ConfigureAwait(false);
                run.Report(BackupStage.StoringBlobs, Interlocked.Increment(ref _done), needed.Count);
            }).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_end is not null && !ct.IsCancellationRequested)
        {
            // the reason is in _end
        }
        finally
        {
            // Also after a failure: what was stored must not be stored again.
            foreach (var vault in vaults.Where(vault => vault.IsWorking)) await vault.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }
}

/// <summary>What became of one blob.</summary>
/// <param name="Absent">The source does not have it rightly.</param>
/// <param name="End">The run cannot go on now.</param>
internal readonly record struct BlobResult(AbsentBlob? Absent, BackupOutcome? End);
