using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.Logging;

namespace Migrator.Core.Vaults;

/// <summary>
/// An object on its way into a bucket: in one call when it fits into one part, in parts otherwise. One part is sent while the next is
/// filled. Until <see cref="FinishAsync"/> the store shows nothing of it.
/// </summary>
internal sealed class S3Upload(AmazonS3Client client, S3Caller caller, S3Place place, string name, ILogger log) : IAsyncDisposable
{
    private const int MaxParts = 10_000; // of S3
    private static readonly TimeSpan AbortWithin = TimeSpan.FromSeconds(30);

    private readonly List<PartETag> _parts = [];
    private PartBuffer _filling = new();
    private Task _sending = Task.CompletedTask;
    private string? _uploadId;
    private bool _finished;

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[_filling.Take(bytes.Span)..];
            // A full part is sent only when more follows: what fits into one part goes in one call.
            if (!bytes.IsEmpty) await SendPartAsync(cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Sends what is left and makes the object visible.</summary>
    /// <returns>
    /// Whether the store said that this call made the object. If not, the name is taken, maybe by an earlier try whose answer was lost:
    /// only the bytes can tell.
    /// </returns>
    public async Task<bool> FinishAsync(CancellationToken cancel)
    {
        if (_uploadId is null) return await PutWholeAsync(cancel).ConfigureAwait(false);
        await SendPartAsync(cancel).ConfigureAwait(false);
        await _sending.ConfigureAwait(false);
        var made = await caller.CallAsync("CompleteMultipartUpload", CompleteAsync, cancel).ConfigureAwait(false);
        _finished = made;
        return made;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _sending.ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is VaultException or OperationCanceledException)
        {
            // Whoever wrote was told, or has given up himself.
        }
        if (_uploadId is not null && !_finished) await AbortAsync(_uploadId).ConfigureAwait(false);
        _filling.Dispose();
    }

    private async Task SendPartAsync(CancellationToken cancel)
    {
        await _sending.ConfigureAwait(false);
        _uploadId ??= await BeginAsync(cancel).ConfigureAwait(false);
        if (_parts.Count >= MaxParts)
            throw new VaultException(VaultFault.Refused, $"An object for {place.Name} has more than {MaxParts:N0} parts.");
        var part = _filling;
        _filling = new PartBuffer();
        _sending = SendAsync(part, _uploadId, _parts.Count + 1, cancel);
    }

    private async Task SendAsync(PartBuffer part, string uploadId, int number, CancellationToken cancel)
    {
        using (part)
        {
            var md5 = part.Md5();
            var answer = await caller.CallAsync("UploadPart", async stop =>
            {
                using var body = part.OpenRead();
                return await client.UploadPartAsync(new UploadPartRequest
                {
                    BucketName = place.Bucket,
                    Key = place.KeyOf(name),
                    UploadId = uploadId,
                    PartNumber = number,
                    InputStream = body,
                    PartSize = part.Length,
                    MD5Digest = md5,
                    UseChunkEncoding = false,
                }, stop).ConfigureAwait(false);
            }, cancel).ConfigureAwait(false);
            _parts.Add(new PartETag(number, answer.ETag));
        }
    }

    private async Task<bool> PutWholeAsync(CancellationToken cancel)
    {
        var md5 = _filling.Md5();
        return await caller.CallAsync("PutObject", (outcomeUnknown, stop) => MakeAsync(outcomeUnknown, async condition =>
        {
            using var body = _filling.OpenRead();
            await client.PutObjectAsync(new PutObjectRequest
            {
                BucketName = place.Bucket,
                Key = place.KeyOf(name),
                InputStream = body,
                AutoCloseStream = false,
                ContentType = "application/octet-stream",
                MD5Digest = md5,
                IfNoneMatch = condition,
                UseChunkEncoding = false,
            }, stop).ConfigureAwait(false);
        }), cancel).ConfigureAwait(false);
    }

    private Task<bool> CompleteAsync(bool outcomeUnknown, CancellationToken cancel) => MakeAsync(outcomeUnknown, condition =>
        client.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest
        {
            BucketName = place.Bucket,
            Key = place.KeyOf(name),
            UploadId = _uploadId,
            PartETags = _parts,
            IfNoneMatch = condition,
        }, cancel));

    private async Task<bool> MakeAsync(bool outcomeUnknown, Func<string?, Task> make)
    {
        try
        {
            await make(place.Conditional ? "*" : null).ConfigureAwait(false);
            return true;
        }
        catch (AmazonS3Exception no) when (no.ErrorCode == "PreconditionFailed" || (int)no.StatusCode == 412)
        {
            return false;
        }
        catch (AmazonS3Exception no) when (outcomeUnknown && no.ErrorCode == "NoSuchUpload")
        {
            return false; // an earlier try has ended it, by success perhaps
        }
        catch (AmazonS3Exception no) when (place.Conditional && (no.ErrorCode == "NotImplemented" || (int)no.StatusCode == 501))
        {
            place.Conditional = false; // a store that refuses what it does not know; the look before the write has to do
            await make(null).ConfigureAwait(false);
            return true;
        }
    }

    private async Task<string> BeginAsync(CancellationToken cancel)
    {
        var answer = await caller.CallAsync("CreateMultipartUpload", stop => client.InitiateMultipartUploadAsync(
            new InitiateMultipartUploadRequest
            {
                BucketName = place.Bucket,
                Key = place.KeyOf(name),
                ContentType = "application/octet-stream",
            }, stop), cancel).ConfigureAwait(false);
        return answer.UploadId;
    }

    // Parts of an upload that is not ended are paid for and seen by nobody. The writer's own cancelling must not keep it from ending.
    private async Task AbortAsync(string uploadId)
    {
        using var limit = new CancellationTokenSource(AbortWithin, caller.Time);
        try
        {
            await caller.CallAsync("AbortMultipartUpload",
                stop => client.AbortMultipartUploadAsync(place.Bucket, place.KeyOf(name), uploadId, stop), limit.Token).ConfigureAwait(false);
        }
        catch (VaultException fault) when (fault.Fault == VaultFault.NotFound)
        {
            // Ended already.
        }
        catch (VaultException fault)
        {
            log.UploadNotEnded(place.Name, name, fault.Fault);
        }
        catch (OperationCanceledException)
        {
            log.UploadNotEnded(place.Name, name, VaultFault.Unreachable);
        }
    }
}
