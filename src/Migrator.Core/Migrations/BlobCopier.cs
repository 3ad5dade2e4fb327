using System.Collections.Concurrent;
using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Net;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Migrations;

/// <summary>
/// Copies what the ledger still needs, several at once, each streamed straight from server to server and hashed on the way.
/// A blob counts as copied only when the target answered with the expected CID.
/// </summary>
public sealed class BlobCopier
{
    private const int TriesPerBlob = 3;

    /// <summary>Copies everything that is needed. Null when nothing is left but named problems.</summary>
    public async Task<StepOutcome?> CopyAsync(MigrationContext context, StepName step, IAccountSource source, CancellationToken ct)
    {
        var tools = context.Tools;
        var target = tools.Target(context);
        var needed = await tools.Blobs.ListAsync(context.Id, BlobState.Needed, ct);
        if (needed.Count == 0)
            return null;

        var before = await tools.Blobs.TotalsAsync(context.Id, ct);
        var tally = new Tally(before.Copied, before.Needed, before.BytesCopied, before.BytesKnown);
        var results = new ConcurrentQueue<BlobEntry>();
        StepOutcome? stopped = null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        try
        {
            await Parallel.ForEachAsync(
                needed,
                new ParallelOptions { MaxDegreeOfParallelism = tools.Options.BlobsAtOnce, CancellationToken = stop.Token },
                async (blob, token) =>
                {
                    var (entry, trouble) = await CopyOneAsync(context, source, target, blob, token);
                    if (trouble is not null)
                    {
                        // One server in trouble is enough: stop them all rather than knock on each door.
                        Interlocked.CompareExchange(ref stopped, trouble, null);
                        await stop.CancelAsync();
                        return;
                    }

                    results.Enqueue(entry!);
                    tally.Add(entry!);
                    if (results.Count >= 50)
                        await FlushAsync(context, results, token);
                    await context.ReportAsync(step, tally.Done, tally.Total, tally.Bytes, tally.BytesTotal, token);
                });
        }
        catch (OperationCanceledException) when (stopped is not null && !ct.IsCancellationRequested)
        {
            // Ended by one of the copies; what it said is returned below.
        }
        finally
        {
            // What the target confirmed is kept, also when the person pressed Pause.
            await FlushAsync(context, results, CancellationToken.None);
        }

        await context.ReportAsync(step, tally.Done, tally.Total, tally.Bytes, tally.BytesTotal, ct);
        return stopped;
    }

    private static async Task FlushAsync(MigrationContext context, ConcurrentQueue<BlobEntry> results, CancellationToken ct)
    {
        var batch = new List<BlobEntry>();
        while (results.TryDequeue(out var entry))
            batch.Add(entry);
        if (batch.Count > 0)
            await context.Tools.Blobs.RecordAsync(context.Lease, batch, ct);
    }

    private static async Task<(BlobEntry? Entry, StepOutcome? Trouble)> CopyOneAsync(
        MigrationContext context, IAccountSource source, PdsClient target, BlobEntry blob, CancellationToken ct)
    {
        string? damage = null;
        for (var attempt = 1; ; attempt++)
        {
            var opened = await source.OpenBlobAsync(blob.Cid, ct);
            if (!opened.IsOk)
            {
                if (opened.Error.Failure == XrpcFailure.Refused && opened.Error.Status is 400 or 404 && !SaysGone(opened.Error))
                    return (blob with { State = BlobState.MissingAtSource, Reason = opened.Error.Message }, null);
                var outcome = opened.Error.ToOutcome(Side.Source, context.Now);
                if (outcome is StepOutcome.Retry && attempt < TriesPerBlob)
                    continue;
                return (null, outcome);
            }

            await using var body = opened.Value;
            var mimeType = MimeOf(body.ContentType) ?? blob.MimeType ?? "application/octet-stream";
            using var checkedBytes = new CheckedBlobStream(body.Stream, blob.Cid);
            try
            {
                var uploaded = await target.UploadBlobAsync(checkedBytes, body.Length, mimeType, ct);
                if (uploaded.IsOk)
                {
                    return uploaded.Value.Cid == blob.Cid
                        ? (blob with { State = BlobState.Copied, Size = checkedBytes.BytesRead, MimeType = mimeType, Reason = null }, null)
                        : (null, new StepOutcome.Retry($"The new server ({target.Pds.Authority}) stored blob {blob.Cid} under another name ({uploaded.Value.Cid})."));
                }

                if (checkedBytes.Mismatch is { } mismatch)
                    throw mismatch;
                if (uploaded.Error.Status == 413)
                    return (blob with { State = BlobState.TooLarge, Size = body.Length ?? blob.Size, Reason = "larger than the new server takes" }, null);
                if (uploaded.Error.Failure == XrpcFailure.Refused)
                    return (blob with { State = BlobState.Refused, Reason = uploaded.Error.Message }, null);
                var outcome = uploaded.Error.ToOutcome(Side.Target, context.Now);
                if (outcome is not StepOutcome.Retry || attempt >= TriesPerBlob)
                    return (null, outcome);
            }
            catch (BlobMismatchException problem)
            {
                // Asked twice, so that a passing fault on the line is not taken for damage on the server.
                if (damage is not null)
                    return (blob with { State = BlobState.DamagedAtSource, Reason = problem.Message }, null);
                damage = problem.Message;
            }
            catch (Exception problem) when (problem is NetworkLimitException or HttpRequestException or IOException)
            {
                if (attempt >= TriesPerBlob)
                    return (null, new StepOutcome.Retry($"Copying blob {blob.Cid} was cut off: {problem.Message}"));
            }
        }
    }

    // A deactivated or vanished account is no missing blob: nothing may be written off for it.
    private static bool SaysGone(XrpcError error) =>
        error.Is("RepoDeactivated") || error.Is("RepoTakendown") || error.Is("RepoNotFound") || error.Is("ExpiredToken") || error.Is("InvalidToken");

    /// <summary>The type without parameters: servers add a charset to text that the upload would then wrongly repeat.</summary>
    private static string? MimeOf(string? contentType)
    {
        var end = contentType?.IndexOf(';') ?? -1;
        var type = (end < 0 ? contentType : contentType![..end])?.Trim();
        return string.IsNullOrEmpty(type) || !type.Contains('/') ? null : type;
    }

    private sealed class Tally(long done, long total, long bytes, long? bytesTotal)
    {
        private long _done = done;
        private long _bytes = bytes;

        public long Done => Interlocked.Read(ref _done);

        public long Total => total;

        public long Bytes => Interlocked.Read(ref _bytes);

        public long? BytesTotal => bytesTotal is { } known && known >= Bytes ? known : null;

        public void Add(BlobEntry entry)
        {
            Interlocked.Increment(ref _done);
            Interlocked.Add(ref _bytes, entry.State == BlobState.Copied ? entry.Size ?? 0 : 0);
        }
    }
}
