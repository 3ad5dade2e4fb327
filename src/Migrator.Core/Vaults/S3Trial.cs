using Amazon.S3;
using Amazon.S3.Model;

namespace Migrator.Core.Vaults;

/// <summary>What only a store can be asked: does it refuse to overwrite, does it take parts, does it lock objects.</summary>
internal sealed class S3Trial(AmazonS3Client client, S3Caller caller, S3Place place, string objectName)
{
    private readonly List<string> _remarks = [];

    public bool? RefusesOverwrite { get; private set; }
    public ObjectLock? Lock { get; private set; }
    public IReadOnlyList<string> Remarks => _remarks;

    /// <summary>Writes over the object that is there, asking the store not to. That it does so all the same is no fault.</summary>
    public async Task OverwriteAsync(CancellationToken cancel)
    {
        RefusesOverwrite = await caller.CallAsync("PutObject", async stop =>
        {
            try
            {
                await client.PutObjectAsync(new PutObjectRequest
                {
                    BucketName = place.Bucket,
                    Key = place.KeyOf(objectName),
                    ContentBody = "overwritten",
                    IfNoneMatch = "*",
                    UseChunkEncoding = false,
                }, stop).ConfigureAwait(false);
                return false;
            }
            catch (AmazonS3Exception no) when ((int)no.StatusCode == 412)
            {
                return true;
            }
            catch (AmazonS3Exception no) when ((int)no.StatusCode == 501)
            {
                place.Conditional = false;
                return false;
            }
        }, cancel).ConfigureAwait(false);
        if (RefusesOverwrite == false)
        {
            _remarks.Add("The store does not refuse to overwrite. Migrator looks before each write; let no second program write to this "
                + "place.");
        }
    }

    /// <summary>Writes an object of one part, deletes it, and gives up another upload: large objects need all of that.</summary>
    public async Task WriteInPartsAsync(CancellationToken cancel)
    {
        var key = place.KeyOf(objectName) + ".parts";
        var upload = await BeginAsync(key, cancel).ConfigureAwait(false);
        var part = await caller.CallAsync("UploadPart", async stop =>
        {
            using var body = new MemoryStream(new byte[1024]);
            return await client.UploadPartAsync(new UploadPartRequest
            {
                BucketName = place.Bucket,
                Key = key,
                UploadId = upload,
                PartNumber = 1,
                InputStream = body,
                UseChunkEncoding = false,
            }, stop).ConfigureAwait(false);
        }, cancel).ConfigureAwait(false);
        await caller.CallAsync("CompleteMultipartUpload", stop => client.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest
        {
            BucketName = place.Bucket,
            Key = key,
            UploadId = upload,
            PartETags = [new PartETag(1, part.ETag)],
        }, stop), cancel).ConfigureAwait(false);
        await DeleteAsync(key, cancel).ConfigureAwait(false);
        await GiveUpAsync(key, cancel).ConfigureAwait(false);
    }

    /// <summary>Asks for what is good to know. Many stores or credentials don't answer; that is no fault.</summary>
    public async Task AskAsync(CancellationToken cancel)
    {
        Lock = await AskAsync("GetObjectLockConfiguration", ReadLockAsync, cancel).ConfigureAwait(false);
        if (Lock is { Retention: { } retention })
        {
            _remarks.Add($"The bucket keeps every new object for {(int)retention.TotalDays} days from being deleted: retention rules free "
                + "room only after that.");
        }
        if (await AskAsync("GetBucketVersioning", ReadVersioningAsync, cancel).ConfigureAwait(false) == "Enabled")
        {
            _remarks.Add("The bucket keeps old versions: what Migrator deletes goes on taking room until a lifecycle rule of the bucket "
                + "removes it.");
        }
    }

    private async Task<string> BeginAsync(string key, CancellationToken cancel)
    {
        var begun = await caller.CallAsync("CreateMultipartUpload",
            stop => client.InitiateMultipartUploadAsync(place.Bucket, key, stop), cancel).ConfigureAwait(false);
        return begun.UploadId;
    }

    private async Task DeleteAsync(string key, CancellationToken cancel)
    {
        try
        {
            await caller.CallAsync("DeleteObject", stop => client.DeleteObjectAsync(place.Bucket, key, stop), cancel).ConfigureAwait(false);
        }
        catch (VaultException fault) when (fault.Fault == VaultFault.Refused)
        {
            // A later step of the trial says so.
        }
    }

    private async Task GiveUpAsync(string key, CancellationToken cancel)
    {
        var upload = await BeginAsync(key, cancel).ConfigureAwait(false);
        try
        {
            await caller.CallAsync("AbortMultipartUpload",
                stop => client.AbortMultipartUploadAsync(place.Bucket, key, upload, stop), cancel).ConfigureAwait(false);
        }
        catch (VaultException fault) when (fault.Fault == VaultFault.Refused)
        {
            _remarks.Add("The store does not let uploads in parts be given up. Set a lifecycle rule of the bucket that ends unfinished ones, "
                + "or they take room for ever.");
        }
    }

    private async Task<ObjectLock?> ReadLockAsync(CancellationToken cancel)
    {
        try
        {
            var answer = await client.GetObjectLockConfigurationAsync(
                new GetObjectLockConfigurationRequest { BucketName = place.Bucket }, cancel).ConfigureAwait(false);
            if (answer.ObjectLockConfiguration?.ObjectLockEnabled?.Value != "Enabled") return ObjectLock.None;
            var rule = answer.ObjectLockConfiguration.Rule?.DefaultRetention;
            var days = (rule?.Days ?? 0) + (365 * (rule?.Years ?? 0));
            return new ObjectLock(true, rule?.Mode?.Value, days > 0 ? TimeSpan.FromDays(days) : null);
        }
        catch (AmazonS3Exception no) when ((int)no.StatusCode == 404)
        {
            return ObjectLock.None; // ObjectLockConfigurationNotFoundError
        }
    }

    private async Task<string?> ReadVersioningAsync(CancellationToken cancel)
    {
        var answer = await client.GetBucketVersioningAsync(
            new GetBucketVersioningRequest { BucketName = place.Bucket }, cancel).ConfigureAwait(false);
        return answer.VersioningConfig?.Status?.Value;
    }

    private async Task<T?> AskAsync<T>(string what, Func<CancellationToken, Task<T?>> ask, CancellationToken cancel)
        where T : class
    {
        try
        {
            return await caller.CallAsync(what, ask, cancel).ConfigureAwait(false);
        }
        catch (VaultException)
        {
            return null; // unknown
        }
    }
}
