using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.Logging;

namespace Migrator.Core.Vaults;

/// <summary>
/// Ends uploads in parts that killed processes left unfinished under our prefix: they are seen in no list of objects and are paid for
/// until somebody ends them. Only old ones, since another instance may be at work in the same bucket.
/// </summary>
internal sealed class S3Sweep(AmazonS3Client client, S3Caller caller, S3Place place, ILogger log)
{
    public static readonly TimeSpan After = TimeSpan.FromHours(24);
    private const int Most = 1000; // one page; the next run takes the next

    private int _done;

    /// <summary>Does it once per opened vault. Credentials that may not list uploads don't keep a backup from running.</summary>
    public async Task RunOnceAsync(CancellationToken cancel)
    {
        if (Interlocked.Exchange(ref _done, 1) != 0) return;
        try
        {
            var count = await RunAsync(cancel).ConfigureAwait(false);
            if (count > 0) log.UploadsSwept(place.Name, count);
        }
        catch (VaultException fault)
        {
            // What matters here shows again, and is told, with the write that follows.
            log.SweepFailed(place.Name, fault.Fault);
        }
    }

    private async Task<int> RunAsync(CancellationToken cancel)
    {
        var page = await caller.CallAsync("ListMultipartUploads", stop => client.ListMultipartUploadsAsync(
            new ListMultipartUploadsRequest { BucketName = place.Bucket, Prefix = place.Prefix, MaxUploads = Most }, stop),
            cancel).ConfigureAwait(false);
        var latest = caller.Time.GetUtcNow() - After;
        var count = 0;
        foreach (var upload in page.MultipartUploads ?? [])
        {
            if (place.NameOf(upload.Key) is null || upload.Initiated is not { } begun || begun.ToUniversalTime() > latest) continue;
            await caller.CallAsync("AbortMultipartUpload",
                stop => client.AbortMultipartUploadAsync(place.Bucket, upload.Key, upload.UploadId, stop), cancel).ConfigureAwait(false);
            count++;
        }
        return count;
    }
}
