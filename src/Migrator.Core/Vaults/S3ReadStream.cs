using System.Net;
using System.Net.Http.Headers;
using Amazon.S3;
using Amazon.S3.Model;
using Migrator.Core.AtProto.Net;

namespace Migrator.Core.Vaults;

/// <summary>
/// An object as it comes from a store. When the connection breaks, it goes on from the byte it had reached, and asks for the same version
/// of the object; a few times, and counted anew after progress.
/// </summary>
/// <param name="part">Which bytes; null for all.</param>
internal sealed class S3ReadStream(AmazonS3Client client, S3Caller caller, S3Place place, string name, ByteRange? part = null) : ReadOnlyStream
{
    private readonly long _first = part?.Start ?? 0;
    private GetObjectResponse? _answer;
    private string? _etag;
    private long _position;
    private long _length;
    private bool _empty;
    private int _stumbles;

    /// <summary>Asks for the object. Before this nothing can be read.</summary>
    public async Task OpenAsync(CancellationToken cancel)
    {
        _answer = await caller.CallAsync("GetObject", AskAsync, cancel).ConfigureAwait(false);
        if (_answer is null) _empty = true;
        else if (_position == 0) (_etag, _length) = (_answer.ETag, _answer.ContentLength);
    }

    /// <summary>Null when the object ends before the part that is wanted.</summary>
    private async Task<GetObjectResponse?> AskAsync(CancellationToken cancel)
    {
        try
        {
            var answer = await client.GetObjectAsync(new GetObjectRequest
            {
                BucketName = place.Bucket,
                Key = place.KeyOf(name),
                ByteRange = _position > 0 ? new ByteRange(_first + _position, _first + _length - 1) : part,
                EtagToMatch = _position > 0 ? _etag : null,
            }, cancel).ConfigureAwait(false);
            if (BeginsAt(answer, _first + _position)) return answer;
            answer.Dispose();
            throw new VaultException(VaultFault.Refused,
                $"{place.Name} was asked for {name} from the middle on and gave it from another byte on: the store cannot give parts of "
                + "objects, or something in front of it takes that away. Choose another vault, or mend that.");
        }
        catch (AmazonS3Exception fault) when (part is not null && fault.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return null;
        }
    }

    // A store that does not know ranges answers with all of the object: what was read before would come a second time.
    private static bool BeginsAt(GetObjectResponse answer, long first) =>
        first == 0 || (string.IsNullOrEmpty(answer.ContentRange)
            ? answer.HttpStatusCode == HttpStatusCode.PartialContent
            : ContentRangeHeaderValue.TryParse(answer.ContentRange, out var range) && range.From == first);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!_empty)
        {
            try
            {
                // Every byte came, and only the end was not good: there is no part to ask for. Who reads compares what came.
                if (_answer is null && _position > 0 && _position == _length) return 0;
                if (_answer is null) await OpenAsync(cancellationToken).ConfigureAwait(false);
                if (_answer is null) return 0;
                var count = await _answer.ResponseStream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                if (count > 0) _stumbles = 0;
                _position += count;
                return count;
            }
            catch (Exception fault) when (S3Faults.IsOne(fault) && !cancellationToken.IsCancellationRequested)
            {
                CloseAnswer();
                _stumbles++;
                await caller.PauseOrThrowAsync("GetObject", S3Faults.Judge(fault, place.Name, caller.Time.GetUtcNow()), _stumbles,
                    cancellationToken).ConfigureAwait(false);
            }
            catch (VaultException fault) when (_position > 0 && fault.Fault == VaultFault.AlreadyThere)
            {
                // If-Match failed: the object is another than the one that was begun.
                throw new VaultException(VaultFault.Corrupted, $"{place.Name}: {name} was changed while it was read.", fault);
            }
        }
        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) CloseAnswer();
        base.Dispose(disposing);
    }

    private void CloseAnswer()
    {
        _answer?.Dispose();
        _answer = null;
    }
}
