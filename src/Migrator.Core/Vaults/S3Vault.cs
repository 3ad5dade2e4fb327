using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.Logging;

namespace Migrator.Core.Vaults;

/// <summary>
/// A vault in a bucket. An object appears whole or not at all; after it appeared it is read back and compared with what was sent, because
/// some stores damage what they take in and say nothing. Writing never overwrites: a look first, and <c>If-None-Match</c> where the store
/// knows it.
/// </summary>
internal sealed class S3Vault(AmazonS3Client client, S3Caller caller, S3Place place, ILogger log) : IVault
{
    private readonly S3Sweep _sweep = new(client, caller, place, log);
    private bool _bucketSeen;

    public string Name => place.Name;

    public async Task<VaultReceipt> PutAsync(string name, Func<Stream, CancellationToken, Task> write, CancellationToken cancel)
    {
        VaultName.Check(name);
        await _sweep.RunOnceAsync(cancel).ConfigureAwait(false);
        if (await FindAsync(name, cancel).ConfigureAwait(false) is not null) throw Taken(name);
        var (receipt, made) = await UploadAsync(name, write, cancel).ConfigureAwait(false);
        try
        {
            if (await IsEqualAsync(receipt, cancel).ConfigureAwait(false)) return receipt;
        }
        catch (VaultException) when (made)
        {
            // What nobody has checked must not stay.
            await TryDeleteAsync(name, cancel).ConfigureAwait(false);
            throw;
        }
        if (!made) throw Taken(name);
        log.Corrupted(Name, name);
        var gone = await TryDeleteAsync(name, cancel).ConfigureAwait(false);
        throw new VaultException(VaultFault.Corrupted,
            $"{Name} gave back other bytes than it was given. The object was {(gone ? "deleted again" : "left, and is not to be used")}. "
            + "Earlier objects are untouched; verify them. Do not trust this store before the cause is found.");
    }

    public Task<Stream> OpenAsync(string name, CancellationToken cancel) => OpenAsync(new S3ReadStream(client, caller, place, name), name, cancel);

    public Task<Stream> OpenPartAsync(string name, long from, int length, CancellationToken cancel) =>
        OpenAsync(new S3ReadStream(client, caller, place, name, new ByteRange(from, from + length - 1)), name, cancel);

    private static async Task<Stream> OpenAsync(S3ReadStream stream, string name, CancellationToken cancel)
    {
        VaultName.Check(name);
        try
        {
            await stream.OpenAsync(cancel).ConfigureAwait(false);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async Task<VaultObject?> FindAsync(string name, CancellationToken cancel)
    {
        VaultName.Check(name);
        try
        {
            var answer = await caller.CallAsync("HeadObject",
                stop => client.GetObjectMetadataAsync(place.Bucket, place.KeyOf(name), stop), cancel).ConfigureAwait(false);
            return new VaultObject(name, answer.ContentLength, Time(answer.LastModified));
        }
        catch (VaultException fault) when (fault.Fault == VaultFault.NotFound)
        {
            // A "no" to HEAD has no words: the object may be missing, or the bucket.
            await EnsureBucketAsync(cancel).ConfigureAwait(false);
            return null;
        }
    }

    public async IAsyncEnumerable<VaultObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancel)
    {
        VaultName.CheckPrefix(prefix);
        string? token = null;
        do
        {
            var page = await ListPageAsync(prefix, token, cancel).ConfigureAwait(false);
            foreach (var found in page.S3Objects ?? [])
            {
                if (place.NameOf(found.Key) is { } name)
                    yield return new VaultObject(name, found.Size ?? 0, Time(found.LastModified));
            }
            if (page.IsTruncated != true) yield break;
            if (string.IsNullOrEmpty(page.NextContinuationToken) || page.NextContinuationToken == token)
                throw new VaultException(VaultFault.Unreachable, $"{Name} does not go on with its list of objects.");
            token = page.NextContinuationToken;
        }
        while (true);
    }

    public async Task DeleteAsync(string name, CancellationToken cancel)
    {
        VaultName.Check(name);
        try
        {
            await caller.CallAsync("DeleteObject",
                stop => client.DeleteObjectAsync(place.Bucket, place.KeyOf(name), stop), cancel).ConfigureAwait(false);
        }
        catch (VaultException fault) when (fault.Fault == VaultFault.NotFound)
        {
            // Most stores say nothing of an object that is not there; some do.
        }
    }

    public async Task<VaultTrial> TryOutAsync(CancellationToken cancel)
    {
        var trial = new VaultTrialRun(this, PutAsync);
        var more = new S3Trial(client, caller, place, trial.ObjectName);
        var steps = await trial.RunAsync(cancel,
            ("Refuse to overwrite it", more.OverwriteAsync), ("Write in parts", more.WriteInPartsAsync)).ConfigureAwait(false);
        if (steps[^1].Problem is not null) return new VaultTrial(steps, more.RefusesOverwrite);
        await more.AskAsync(cancel).ConfigureAwait(false);
        return new VaultTrial(steps, more.RefusesOverwrite, more.Lock) { Remarks = [.. trial.Remarks, .. more.Remarks] };
    }

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<(VaultReceipt Receipt, bool Made)> UploadAsync(
        string name, Func<Stream, CancellationToken, Task> write, CancellationToken cancel)
    {
        var upload = new S3Upload(client, caller, place, name, log);
        await using (upload.ConfigureAwait(false))
        {
            var stream = new VaultWriteStream(upload.WriteAsync);
            await using (stream.ConfigureAwait(false))
            {
                await write(stream, cancel).ConfigureAwait(false);
                var receipt = await stream.FinishAsync(name, cancel).ConfigureAwait(false);
                return (receipt, await upload.FinishAsync(cancel).ConfigureAwait(false));
            }
        }
    }

    private async Task<bool> IsEqualAsync(VaultReceipt receipt, CancellationToken cancel)
    {
        try
        {
            var stream = await OpenAsync(receipt.Name, cancel).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                var hash = await SHA256.HashDataAsync(stream, cancel).ConfigureAwait(false);
                return hash.AsSpan().SequenceEqual(receipt.Sha256);
            }
        }
        catch (VaultException fault) when (fault.Fault == VaultFault.NotFound)
        {
            return false; // taken in with a good answer, and not there
        }
    }

    private async Task<bool> TryDeleteAsync(string name, CancellationToken cancel)
    {
        try
        {
            await DeleteAsync(name, cancel).ConfigureAwait(false);
            return true;
        }
        catch (VaultException fault)
        {
            log.NotDeleted(Name, name, fault.Fault);
            return false;
        }
    }

    private async Task EnsureBucketAsync(CancellationToken cancel)
    {
        if (_bucketSeen) return;
        await caller.CallAsync("ListObjectsV2", stop => client.ListObjectsV2Async(
            new ListObjectsV2Request { BucketName = place.Bucket, Prefix = place.Prefix, MaxKeys = 1 }, stop), cancel).ConfigureAwait(false);
        _bucketSeen = true;
    }

    private Task<ListObjectsV2Response> ListPageAsync(string prefix, string? token, CancellationToken cancel) =>
        caller.CallAsync("ListObjectsV2", stop => client.ListObjectsV2Async(new ListObjectsV2Request
        {
            BucketName = place.Bucket,
            Prefix = place.KeyOf(prefix),
            ContinuationToken = token,
        }, stop), cancel);

    private static DateTimeOffset Time(DateTime? time) =>
        time is { } known ? new DateTimeOffset(known.ToUniversalTime()) : DateTimeOffset.UnixEpoch;

    private VaultException Taken(string name) => IncomingFile.Taken(Name, name);
}
