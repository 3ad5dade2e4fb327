using System.Text.Json;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Accounts;

/// <summary>An account on a living PDS. With a session it can also be read while it is deactivated (protocol: sync endpoints accept the owner).</summary>
public sealed class LiveAccountSource(PdsClient pds, Did did) : IAccountSource
{
    public Did Did => did;

    public string Name => pds.Pds.Authority;

    public async Task<XrpcResult<RepoHead>> ReadHeadAsync(CancellationToken ct)
    {
        var latest = await pds.GetLatestCommitAsync(did, ct);
        return latest.IsOk ? XrpcResult.Ok(new RepoHead(latest.Value.Cid, latest.Value.Rev.ToString())) : latest.Error;
    }

    public Task<XrpcResult<XrpcStream>> OpenRepoAsync(string? since, CancellationToken ct) => pds.GetRepoAsync(did, since, ct);

    public Task<XrpcResult<XrpcStream>> OpenBlobAsync(Cid cid, CancellationToken ct) => pds.GetBlobAsync(did, cid, ct);

    public Task<XrpcResult<JsonElement>> ReadPreferencesAsync(CancellationToken ct) => pds.GetPreferencesAsync(ct);
}
