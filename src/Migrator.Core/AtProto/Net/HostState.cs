namespace Migrator.Core.AtProto.Net;

/// <summary>The blocks and places of one host; see <see cref="HostGovernor"/>.</summary>
internal sealed class HostState
{
    private readonly Dictionary<string, DateTimeOffset> _blocks = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim[] _places;
    private int _inside;

    public HostState(NetworkOptions options)
    {
        _places = new SemaphoreSlim[Enum.GetValues<HostLane>().Length];
        _places[(int)HostLane.Calls] = new SemaphoreSlim(options.MaxCallsPerHost);
        _places[(int)HostLane.Downloads] = new SemaphoreSlim(options.MaxTransfersPerHost);
        _places[(int)HostLane.Uploads] = new SemaphoreSlim(options.MaxTransfersPerHost);
    }

    public DateTimeOffset Until(string bucket)
    {
        lock (_blocks) return _blocks.GetValueOrDefault(bucket, DateTimeOffset.MinValue);
    }

    public DateTimeOffset Extend(string bucket, DateTimeOffset until, DateTimeOffset now, int maxBuckets)
    {
        lock (_blocks)
        {
            if (_blocks.Count >= maxBuckets)
            {
                foreach (var old in _blocks.Where(block => block.Value <= now).Select(block => block.Key).ToArray()) _blocks.Remove(old);
                // More separate limits than any server has: treat them as one.
                if (_blocks.Count >= maxBuckets && !_blocks.ContainsKey(bucket)) bucket = "";
            }
            if (_blocks.TryGetValue(bucket, out var known) && known > until) return known;
            return _blocks[bucket] = until;
        }
    }

    public async ValueTask<IDisposable> EnterAsync(HostLane lane, CancellationToken cancel)
    {
        Interlocked.Increment(ref _inside);
        try
        {
            await _places[(int)lane].WaitAsync(cancel).ConfigureAwait(false);
        }
        catch
        {
            Interlocked.Decrement(ref _inside);
            throw;
        }
        return new Place(this, lane);
    }

    public bool IsIdle(DateTimeOffset now)
    {
        if (Volatile.Read(ref _inside) > 0) return false;
        lock (_blocks) return _blocks.Values.All(until => until <= now);
    }

    private void Leave(HostLane lane)
    {
        _places[(int)lane].Release();
        Interlocked.Decrement(ref _inside);
    }

    private sealed class Place(HostState state, HostLane lane) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0) state.Leave(lane);
        }
    }
}
