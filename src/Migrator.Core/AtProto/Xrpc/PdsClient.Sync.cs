using Migrator.Core.AtProto.Net;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>
/// Reading repos and blobs. For an active account anyone may; for a deactivated one only its owner, so a client with a session always
/// shows its token here.
/// </summary>
public sealed partial class PdsClient
{
    private const int PageSize = 1000;

    /// <summary>
    /// The repo as a CAR file. It is not a snapshot: a write meanwhile can leave blocks out, so verify it whole and fetch it again if
    /// it lacks some.
    /// </summary>
    /// <param name="did">Whose repo.</param>
    /// <param name="since">
    /// A rev of this server's own; only what was written after it is sent. An unknown rev is no error: the answer is then an empty CAR.
    /// </param>
    /// <param name="cancel">Stops the call; reading the stream has its own token.</param>
    public Task<XrpcResult<XrpcStream>> GetRepoAsync(Did did, string? since, CancellationToken cancel)
    {
        var call = XrpcCall.Query(Pds, "com.atproto.sync.getRepo", ("did", did.ToString()), ("since", since)) with
        {
            Accept = "application/vnd.ipld.car",
            Lane = HostLane.Downloads,
        };
        return AsOwnerAsync(call, signed => _client.OpenAsync(signed, _options.MaxRepoBytes, cancel), cancel);
    }

    /// <summary>The head of the repo.</summary>
    public Task<XrpcResult<LatestCommit>> GetLatestCommitAsync(Did did, CancellationToken cancel) =>
        ReadAsync(XrpcCall.Query(Pds, "com.atproto.sync.getLatestCommit", ("did", did.ToString())), LatestCommit.Read, cancel);

    /// <summary>
    /// Whether the server has the repo and shows it; <c>RepoNotFound</c> when it never heard of it. Public for every account.
    /// </summary>
    public Task<XrpcResult<RepoStatus>> GetRepoStatusAsync(Did did, CancellationToken cancel) =>
        _client.ReadJsonAsync(XrpcCall.Query(Pds, "com.atproto.sync.getRepoStatus", ("did", did.ToString())), RepoStatus.Read, cancel);

    /// <summary>
    /// The blobs that records of the repo refer to, each once. The server may list some that it no longer has, and does not list uploads
    /// that no record uses.
    /// </summary>
    public async Task<XrpcResult<IReadOnlyList<Cid>>> ListBlobsAsync(Did did, string? since, CancellationToken cancel)
    {
        XrpcCall Page(string? cursor) => XrpcCall.Query(Pds, "com.atproto.sync.listBlobs",
            ("did", did.ToString()), ("since", since), ("limit", $"{PageSize}"), ("cursor", cursor));
        return await PagedList.ReadAsync(
            Page,
            (call, read) => ReadAsync(call, read, cancel),
            reply => ReadCids(reply),
            cid => cid).ConfigureAwait(false);
    }

    /// <summary>All accounts that the server has a repo of, those that it does not show at present among them, each once.</summary>
    public Task<XrpcResult<IReadOnlyList<ListedRepo>>> ListReposAsync(CancellationToken cancel) => PagedList.ReadAsync(
        cursor => XrpcCall.Query(Pds, "com.atproto.sync.listRepos", ("limit", $"{PageSize}"), ("cursor", cursor)),
        (call, read) => _client.ReadJsonAsync(call, read, cancel),
        reply => reply.Objects("repos")
            .Select(repo => new ListedRepo(repo.Did("did"), repo.Bool("active", whenAbsent: true), repo.OptionalString("status")))
            .ToList(),
        repo => repo.Did);

    /// <summary>
    /// The bytes of a blob. Hash them: nothing here compares them with the CID. A blob that is gone is 400 "Blob not found".
    /// </summary>
    public Task<XrpcResult<XrpcStream>> GetBlobAsync(Did did, Cid cid, CancellationToken cancel)
    {
        var call = XrpcCall.Query(Pds, "com.atproto.sync.getBlob", ("did", did.ToString()), ("cid", cid.ToString())) with
        {
            Accept = "*/*",
            Lane = HostLane.Downloads,
        };
        return AsOwnerAsync(call, signed => _client.OpenAsync(signed, _options.MaxBlobBytes, cancel), cancel);
    }

    private static List<Cid> ReadCids(ReplyReader reply)
    {
        var page = new List<Cid>();
        foreach (var text in reply.Strings("cids"))
        {
            reply.Expect(Cid.TryParse(text, out var cid), "\"cids\" holds something that is not a CID");
            page.Add(cid);
        }
        return page;
    }
}
