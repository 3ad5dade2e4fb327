using System.Text.Json;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Accounts;

/// <summary>Where an account is read from: a living server today, a stored snapshot when one is restored. Reads only.</summary>
public interface IAccountSource
{
    Did Did { get; }

    /// <summary>For messages: the host name of the server.</summary>
    string Name { get; }

    Task<XrpcResult<RepoHead>> ReadHeadAsync(CancellationToken ct);

    /// <param name="since">The SOURCE's rev of an earlier export, to get only what was written after it; null for everything.</param>
    Task<XrpcResult<XrpcStream>> OpenRepoAsync(string? since, CancellationToken ct);

    Task<XrpcResult<XrpcStream>> OpenBlobAsync(Cid cid, CancellationToken ct);

    /// <summary>The app preferences as the server has them: a JSON array.</summary>
    Task<XrpcResult<JsonElement>> ReadPreferencesAsync(CancellationToken ct);
}

/// <summary>The newest commit of a repo as its server names it.</summary>
public sealed record RepoHead(Cid Commit, string Rev);
