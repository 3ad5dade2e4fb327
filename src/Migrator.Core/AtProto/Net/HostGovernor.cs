using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Migrator.Core.AtProto.Net;

/// <summary>
/// What all callers in this process share about a host: until when it asked us to stay away, and how many requests run there now.
/// A host is a name and a port. Safe for many threads.
/// </summary>
public sealed class HostGovernor(IOptions<NetworkOptions> options, TimeProvider time, ILogger<HostGovernor> log)
{
    private const int MaxHostsBeforePruning = 512;
    private const int MaxBucketsPerHost = 256;

    private readonly ConcurrentDictionary<string, HostState> _hosts = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// The time before which nothing may be sent, or null. <paramref name="bucket"/> names a limit that counts apart from the others at
    /// that host (say, logins of one account); a block of the whole host counts for every bucket.
    /// </summary>
    public DateTimeOffset? BlockedUntil(Uri service, string bucket = "")
    {
        if (!_hosts.TryGetValue(KeyOf(service), out var state)) return null;
        var now = time.GetUtcNow();
        var until = state.Until("");
        if (bucket.Length > 0 && state.Until(bucket) is var own && own > until) until = own;
        return until > now ? until : null;
    }

    /// <summary>
    /// Stops calls until a time; a time further off than <see cref="NetworkOptions.MaxThrottle"/> is cut to that. An earlier time never
    /// shortens a block. Returns the time that now holds.
    /// </summary>
    public DateTimeOffset Block(Uri service, DateTimeOffset until, string bucket = "")
    {
        var latest = time.GetUtcNow() + options.Value.MaxThrottle;
        if (until > latest) until = latest;
        var state = StateOf(service);
        until = state.Extend(bucket, until, time.GetUtcNow(), MaxBucketsPerHost);
        log.HostBlocked(KeyOf(service), bucket.Length == 0 ? "all calls" : "some calls", until);
        return until;
    }

    /// <summary>Waits for a place at the host; give it back by disposing.</summary>
    public async ValueTask<IDisposable> EnterAsync(Uri service, HostLane lane, CancellationToken cancel)
    {
        var state = StateOf(service);
        return await state.EnterAsync(lane, cancel).ConfigureAwait(false);
    }

    /// <summary>Stops all calls to a host until a time that another process was told.</summary>
    /// <param name="host">Name and port, as <see cref="ListBlocked"/> gives them.</param>
    /// <param name="until">Cut to <see cref="NetworkOptions.MaxThrottle"/> from now.</param>
    public void BlockHost(string host, DateTimeOffset until)
    {
        var colon = host.LastIndexOf(':');
        if (colon > 0 && int.TryParse(host.AsSpan(colon + 1), System.Globalization.NumberStyles.None, null, out var port))
            Block(new UriBuilder(Uri.UriSchemeHttps, host[..colon], port).Uri, until);
    }

    /// <summary>The hosts that no call may go to now, each with the time until when; limits of single accounts are not among them.</summary>
    public IReadOnlyList<(string Host, DateTimeOffset Until)> ListBlocked()
    {
        var now = time.GetUtcNow();
        return [.. _hosts.Select(pair => (pair.Key, Until: pair.Value.Until(""))).Where(pair => pair.Until > now)];
    }

    internal int KnownHosts => _hosts.Count;

    private static string KeyOf(Uri service) => service.IdnHost + ":" + service.Port;

    private HostState StateOf(Uri service)
    {
        if (_hosts.Count >= MaxHostsBeforePruning) Prune();
        return _hosts.GetOrAdd(KeyOf(service), static (_, limits) => new HostState(limits), options.Value);
    }

    // A dropped state that somebody has just been handed lives on in that one caller: the worst case is a few requests too many.
    private void Prune()
    {
        var now = time.GetUtcNow();
        foreach (var (key, state) in _hosts)
        {
            if (state.IsIdle(now)) _hosts.TryRemove(new KeyValuePair<string, HostState>(key, state));
        }
    }
}
