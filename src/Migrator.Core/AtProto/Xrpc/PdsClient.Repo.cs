using Migrator.Core.AtProto.Net;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>Writing the repo and the blobs of the account that is signed in.</summary>
public sealed partial class PdsClient
{
    /// <summary>
    /// Makes the account's repo equal to the tree in the CAR: creates, changes and deletes. The reference server checks neither the DID
    /// in the commit nor its signature nor whether it is older than what it has; verify the file first. Needs the main password.
    /// </summary>
    /// <param name="car">Read from where it stands; rewound if it must be sent again, which needs a stream that can seek.</param>
    /// <param name="length">Bytes in it.</param>
    /// <param name="cancel">Stops the call. The server may have taken the repo all the same.</param>
    /// <param name="progress">Told the bytes sent so far.</param>
    /// <exception cref="IOException">Reading <paramref name="car"/> failed.</exception>
    public Task<XrpcResult<Nothing>> ImportRepoAsync(Stream car, long length, CancellationToken cancel, IProgress<long>? progress = null) =>
        DoAsync(Upload("com.atproto.repo.importRepo", car, length, "application/vnd.ipld.car", progress) with
        {
            // The server answers only when everything is stored.
            ReplyTimeout = _options.ImportTimeout,
        }, cancel);

    /// <summary>
    /// The blobs that records refer to and that were never uploaded. One uploaded before its record was imported is not listed and yet
    /// not served: upload after importing.
    /// </summary>
    public async Task<XrpcResult<IReadOnlyList<MissingBlob>>> ListMissingBlobsAsync(CancellationToken cancel)
    {
        XrpcCall Page(string? cursor) =>
            XrpcCall.Query(Pds, "com.atproto.repo.listMissingBlobs", ("limit", $"{PageSize}"), ("cursor", cursor));
        return await PagedList.ReadAsync(
            Page,
            (call, read) => ReadAsync(call, read, cancel),
            reply => reply.Objects("blobs").Select(blob => new MissingBlob(blob.Cid("cid"), blob.String("recordUri"))).ToList(),
            blob => blob.Cid).ConfigureAwait(false);
    }

    /// <summary>
    /// Uploads a blob. Compare the CID in the answer with the one expected: the server hashes what arrived. Some formats it recognises
    /// and then ignores <paramref name="mimeType"/>.
    /// </summary>
    /// <param name="blob">Read from where it stands; rewound if it must be sent again, when it can seek.</param>
    /// <param name="length">Bytes in it, or null to send them as they come.</param>
    /// <param name="mimeType">As the old server gave it; parameters are dropped.</param>
    /// <param name="cancel">Stops the call.</param>
    /// <param name="progress">Told the bytes sent so far.</param>
    /// <exception cref="IOException">Reading <paramref name="blob"/> failed; the exception is the stream's own.</exception>
    public Task<XrpcResult<UploadedBlob>> UploadBlobAsync(
        Stream blob, long? length, string mimeType, CancellationToken cancel, IProgress<long>? progress = null)
    {
        var parameters = mimeType.IndexOf(';', StringComparison.Ordinal);
        var type = parameters < 0 ? mimeType : mimeType[..parameters];
        // The reference server allows 1,000 uploads a day and address, apart from its other limits.
        var call = Upload("com.atproto.repo.uploadBlob", blob, length, type.Trim(), progress) with { Bucket = "uploadBlob" };
        return ReadAsync(call, UploadedBlob.Read, cancel);
    }

    /// <summary>
    /// Adds a commit that changes no record. After an import the head commit is still the old server's, signed by the old key; this
    /// makes one that the account's new key signed.
    /// </summary>
    public Task<XrpcResult<Nothing>> CreateEmptyCommitAsync(Did did, CancellationToken cancel)
    {
        var body = JsonBody.Of(json =>
        {
            json.WriteString("repo", did.ToString());
            json.WriteStartArray("writes");
            json.WriteEndArray();
        });
        return DoAsync(XrpcCall.Procedure(Pds, "com.atproto.repo.applyWrites", body) with { Bucket = "applyWrites" }, cancel);
    }

    private XrpcCall Upload(string nsid, Stream source, long? length, string mediaType, IProgress<long>? progress)
    {
        var start = source.CanSeek ? source.Position : 0;
        return XrpcCall.Procedure(Pds, nsid, () =>
        {
            if (source.CanSeek) source.Position = start;
            return new UploadContent(source, length, mediaType, progress);
        }) with
        {
            CanReplay = source.CanSeek,
            Lane = HostLane.Uploads,
        };
    }
}
