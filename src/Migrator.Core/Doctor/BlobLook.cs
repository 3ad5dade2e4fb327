using System.Collections.Concurrent;
using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Doctor;

/// <summary>
/// Asks a server for the files that records refer to. Its own list (listBlobs) is not asked: servers list files that they no longer have.
/// </summary>
internal static class BlobLook
{
    /// <summary>How many files are asked for where they are not all to be read.</summary>
    public const int SampleSize = 500;

    private const int AtOnce = 6;

    public static async Task<BlobFacts> LookAsync(
        PdsClient server, Did did, IReadOnlyCollection<BlobReference> blobs, bool read, CheckNotes notes,
        IProgress<CheckProgress>? progress, CancellationToken cancel)
    {
        var asked = read || blobs.Count <= SampleSize ? blobs : Sample(blobs);
        var missing = new ConcurrentBag<MissingFile>();
        long done = 0, unknown = 0;
        var doing = read ? "Reading and hashing files" : "Asking for files";
        await Parallel.ForEachAsync(asked, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel }, async (blob, token) =>
        {
            var (reason, undecided) = await AskAsync(server, did, blob.Cid, read, token);
            if (undecided) Interlocked.Increment(ref unknown);
            else if (reason is not null) missing.Add(new MissingFile(blob.Cid.ToString(), blob.FirstPath, reason));
            progress?.Report(new CheckProgress(doing, Interlocked.Increment(ref done), asked.Count));
        });

        var facts = Count(blobs, asked.Count, read) with
        {
            Missing = missing.Count,
            Unknown = unknown,
            List = [.. missing.OrderBy(file => file.UsedBy, StringComparer.Ordinal).Take(BlobFacts.MostListed)],
        };
        Say(facts, server.Pds.Authority, notes);
        return facts;
    }

    /// <summary>What records say of their files, with nobody asked.</summary>
    public static BlobFacts Count(IReadOnlyCollection<BlobReference> blobs, long asked = 0, bool hashed = false) =>
        new(blobs.Count, ClaimedSize.Sum(blobs.Select(blob => blob.Size)), asked, hashed, 0, []);

    private static void Say(BlobFacts facts, string server, CheckNotes notes)
    {
        var how = facts.Hashed ? "were read from {0} and hash to their names" : "are served by {0} (asked for, not read)";
        var answered = facts.Asked - facts.Unknown;
        if (facts.Referenced == 0)
            notes.Fine("blobs", "No record refers to a file.");
        else if (facts.Missing > 0)
            notes.Fault("blobs", $"{facts.Missing} of {answered} files that were asked for are not at {server}, or with other bytes.");
        else if (answered == facts.Referenced)
            notes.Fine("blobs", $"All {facts.Referenced} files {string.Format(null, how, server)}.");
        else if (answered > 0)
        {
            var sample = facts.Asked < facts.Referenced ? ", taken evenly," : "";
            notes.Fine("blobs", $"{answered} of {facts.Referenced} files{sample} {string.Format(null, how, server)}.");
        }

        if (facts.Unknown > 0)
            notes.Unchecked("blobs-unknown", $"For {facts.Unknown} files {server} gave no usable answer. Check again in a while.");
    }

    private static List<BlobReference> Sample(IReadOnlyCollection<BlobReference> blobs)
    {
        var step = (double)blobs.Count / SampleSize;
        return [.. blobs.OrderBy(blob => blob.Cid).Where((_, index) => (int)((index + 1) / step) > (int)(index / step))];
    }

    private static async Task<(string? Reason, bool Undecided)> AskAsync(PdsClient server, Did did, Cid cid, bool read, CancellationToken cancel)
    {
        var opened = await server.GetBlobAsync(did, cid, cancel);
        if (!opened.TryGetValue(out var body, out var error))
            return error.Failure is XrpcFailure.Refused ? (error.Message, false) : (error.Message, true);
        await using (body)
        {
            if (!read) return (null, false);
            using var bytes = new CheckedBlobStream(body.Stream, cid);
            try
            {
                await bytes.DrainAsync(cancel);
                return (null, false);
            }
            catch (BlobMismatchException other)
            {
                return (other.Message, false);
            }
            catch (Exception broken) when (broken is IOException or HttpRequestException)
            {
                return (broken.Message, true);
            }
        }
    }
}
