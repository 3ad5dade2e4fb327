using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Migrations;

/// <summary>
/// Copies what the ledger still needs, several at once and hashed on the way. Small blobs are fetched while others are still being
/// stored, so that each server always has its full share of transfers under way; large ones stream straight from server to server.
/// </summary>
public sealed class BlobCopier
{
    /// <summary>Copies everything that is needed. Null when nothing is left but named problems.</summary>
    public async Task<StepOutcome?> CopyAsync(MigrationContext context, StepName step, IAccountSource source, CancellationToken ct)
    {
        var tools = context.Tools;
        var needed = await tools.Blobs.ListAsync(context.Id, BlobState.Needed, ct);
        if (needed.Count == 0)
            return null;

        var atOnce = tools.Options.BlobsAtOnce;
        using var transfer = new BlobTransfer(context, source, tools.Target(context), atOnce);
        var tally = BlobTally.Start(await tools.Blobs.TotalsAsync(context.Id, ct));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await using var found = new BlobRecorder(context, step, tally, stop);
        StepOutcome? stopped = null;
        try
        {
            await Parallel.ForEachAsync(
                needed,
                // One half is being fetched, the other stored.
                new ParallelOptions { MaxDegreeOfParallelism = 2 * atOnce, CancellationToken = stop.Token },
                async (blob, token) =>
                {
                    var (entry, trouble) = await transfer.RunAsync(blob, token);
                    if (trouble is null)
                    {
                        found.Add(entry!);
                        return;
                    }

                    // One server in trouble is enough: stop them all rather than knock on each door.
                    Interlocked.CompareExchange(ref stopped, trouble, null);
                    await stop.CancelAsync();
                });
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // Ended by one of the copies, or by the ledger; what they said comes below.
        }

        await found.EndAsync();
        await context.ReportAsync(step, tally.Done, tally.Total, tally.Bytes, tally.BytesTotal, ct);
        return stopped;
    }
}
