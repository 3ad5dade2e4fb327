using System.Collections.Concurrent;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Accounts;

/// <summary>
/// Asks a server for every file that an account's records refer to, and finds those that it does not give out. Its own lists are not
/// believed: servers list files that they no longer have. Where the server asks for a pause, it is run again and goes on.
/// </summary>
/// <param name="server">Anonymous for an active account.</param>
/// <param name="used">What the records refer to.</param>
public sealed class FileSweep(PdsClient server, Did did, IReadOnlyCollection<BlobReference> used)
{
    private const int AtOnce = 6;

    /// <summary>One file that breaks the server is that file; so many one after another are the server.</summary>
    private const int TroublesInARow = 5;

    private readonly ConcurrentDictionary<Cid, BlobReference> _open = new(used.Select(blob => KeyValuePair.Create(blob.Cid, blob)));
    private readonly ConcurrentDictionary<Cid, BlobReference> _lost = new();
    private int _troubles;

    public long Total => used.Count;

    /// <summary>How many were asked for.</summary>
    public long Asked => used.Count - _open.Count;

    /// <summary>Those that the server did not give out, by the records that use them.</summary>
    public IReadOnlyList<BlobReference> Lost => [.. _lost.Values.OrderBy(blob => blob.FirstPath, StringComparer.Ordinal)];

    /// <summary>Only the beginning of each answer is read.</summary>
    /// <returns>Null when all were asked for; else what stopped it.</returns>
    public async Task<XrpcError?> RunAsync(IProgress<long>? progress, CancellationToken ct)
    {
        XrpcError? stopped = null;
        var limits = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct };
        await Parallel.ForEachAsync(_open.Values, limits, async (blob, token) =>
        {
            if (Volatile.Read(ref stopped) is not null)
                return;
            var opened = await server.GetBlobAsync(did, blob.Cid, token).ConfigureAwait(false);
            if (opened.IsOk)
                await opened.Value.DisposeAsync().ConfigureAwait(false);
            if (Stops(opened))
            {
                Interlocked.CompareExchange(ref stopped, opened.Error, null);
                return;
            }

            if (!opened.IsOk)
                _lost[blob.Cid] = blob;
            _open.TryRemove(blob.Cid, out _);
            progress?.Report(Asked);
        }).ConfigureAwait(false);
        return stopped;
    }

    private bool Stops(XrpcResult<XrpcStream> opened)
    {
        if (opened.IsOk || opened.Error.Failure == XrpcFailure.Refused)
        {
            Interlocked.Exchange(ref _troubles, 0);
            return false;
        }

        return opened.Error.Failure != XrpcFailure.ServerTrouble || Interlocked.Increment(ref _troubles) >= TroublesInARow;
    }
}
