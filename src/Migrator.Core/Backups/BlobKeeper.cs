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
    private const long UsualSize = 100_000;

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
            if (vaults.All(vault => vault.FindBlob(blob.Cid) is not null)) continue;
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
        // The first trouble of the source stops all others soon; what was fetched by then is stored.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var packers = vaults.Select(vault => new BlobPacker(vault, Expect(needed, vault), stop, ct)).ToList();
        var fetcher = new BlobFetcher(run);
        var options = new ParallelOptions { MaxDegreeOfParallelism = run.Order.Limits.BlobsAtOnce, CancellationToken = stop.Token };
        try
        {
            await Parallel.ForEachAsync(needed, options, async (blob, cancel) =>
            {
                var lacking = packers.FindAll(packer => packer.Vault.IsWorking && packer.Vault.FindBlob(blob.Cid) is null);
                if (lacking.Count == 0) return;
                var result = await fetcher.FetchAsync(blob, lacking, cancel).ConfigureAwait(false);
                if (result.Absent is not null) _absent[blob.Cid] = result.Absent;
                if (result.End is not null && Interlocked.CompareExchange(ref _end, result.End, null) is null) await stop.CancelAsync().ConfigureAwait(false);
                run.Report(BackupStage.StoringBlobs, Interlocked.Increment(ref _done), needed.Count);
            }).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            // the reason is in _end, or comes out of a packer
        }
        finally
        {
            // Also after a failure: what was stored must not be stored again.
            var packed = Task.WhenAll(packers.Select(packer => packer.CompleteAsync()));
            await packed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var vault in vaults.Where(vault => vault.IsWorking)) await vault.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            await packed.ConfigureAwait(false);
        }
    }

    /// <summary>About how many bytes will be packed for a vault. What records say of sizes may be wrong; it decides of nothing but the packing.</summary>
    private static long Expect(List<BlobReference> needed, VaultSide vault) => needed.Where(blob => vault.FindBlob(blob.Cid) is null)
        .Sum(blob => Math.Clamp(blob.Size ?? UsualSize, 0, BlobPacker.LargestBlob));
}

/// <summary>What became of one blob.</summary>
/// <param name="Absent">The source does not have it rightly.</param>
/// <param name="End">The run cannot go on now.</param>
internal readonly record struct BlobResult(AbsentBlob? Absent, BackupOutcome? End);
