namespace Migrator.Core.AtProto.Net;

/// <summary>
/// A stranger's body with a cap on its bytes, on each pause and on its slowness. The time-out of <see cref="HttpClient"/> ends with the
/// headers when a body is streamed, so a server that sends a byte now and then would hold a reader for ever without this.
/// Only time spent waiting for the other side counts: a slow disk on our side is not the server's fault.
/// </summary>
/// <remarks>
/// Breaking a limit throws <see cref="NetworkLimitException"/>, unless the owner names faults in its own way. One reader at a time.
/// Owns the inner stream.
/// </remarks>
public sealed class BoundedStream : ReadOnlyStream
{
    private readonly Stream _inner;
    private readonly StreamLimits _limits;
    private readonly TimeProvider _time;
    private readonly Func<Exception, Exception>? _nameFault;
    private readonly CancellationTokenSource _stop;
    private long _windowBytes;
    private TimeSpan _windowWaited;

    /// <param name="inner">The body as it comes from the network.</param>
    /// <param name="limits">What it must keep to.</param>
    /// <param name="time">The clock for pauses and pace.</param>
    /// <param name="nameFault">Makes the exception that a reader sees from a broken limit or connection; null to pass them on.</param>
    public BoundedStream(Stream inner, StreamLimits limits, TimeProvider time, Func<Exception, Exception>? nameFault = null)
    {
        (_inner, _limits, _time, _nameFault) = (inner, limits, time, nameFault);
        _stop = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
    }

    /// <summary>Bytes handed out so far.</summary>
    public long BytesRead { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return 0;
        // One byte more than is left shows whether the stream ends at the cap or goes on past it.
        var left = _limits.MaxBytes - BytesRead;
        if (buffer.Length > left) buffer = buffer[..(int)Math.Min(buffer.Length, left + 1)];
        var pending = _inner.ReadAsync(buffer, _stop.Token);
        var count = pending.IsCompletedSuccessfully ? await pending.ConfigureAwait(false)
            : await WaitAsync(pending, cancellationToken).ConfigureAwait(false);
        if (count > left)
            throw Named(new NetworkLimitException(NetworkLimit.TooManyBytes, $"The answer is larger than {_limits.MaxBytes:N0} bytes."));
        BytesRead += count;
        return count;
    }

    private async ValueTask<int> WaitAsync(ValueTask<int> pending, CancellationToken cancel)
    {
        var started = _time.GetTimestamp();
        int count;
        using (cancel.UnsafeRegister(static stop => ((CancellationTokenSource)stop!).Cancel(), _stop))
        {
            _stop.CancelAfter(_limits.IdleTimeout);
            try
            {
                count = await pending.ConfigureAwait(false);
            }
            catch (Exception fault) when (_stop.IsCancellationRequested && fault is OperationCanceledException or IOException)
            {
                cancel.ThrowIfCancellationRequested();
                throw Named(new NetworkLimitException(
                    NetworkLimit.Idle, $"Nothing came for {_limits.IdleTimeout.TotalSeconds:N0} seconds."));
            }
            catch (Exception fault) when (_nameFault is not null && fault is IOException or HttpRequestException)
            {
                throw Named(fault);
            }
            _stop.CancelAfter(Timeout.InfiniteTimeSpan);
        }
        if (count > 0) JudgeRate(count, _time.GetElapsedTime(started));
        return count;
    }

    private void JudgeRate(int count, TimeSpan waited)
    {
        _windowBytes += count;
        _windowWaited += waited;
        if (_windowWaited < _limits.RateWindow) return;
        if (_windowBytes < _limits.MinBytesPerSecond * _windowWaited.TotalSeconds)
        {
            throw Named(new NetworkLimitException(NetworkLimit.TooSlow,
                $"The answer came slower than {_limits.MinBytesPerSecond:N0} bytes a second."));
        }
        (_windowBytes, _windowWaited) = (0, TimeSpan.Zero);
    }

    private Exception Named(Exception fault) => _nameFault?.Invoke(fault) ?? fault;

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
            _stop.Dispose();
        }
        base.Dispose(disposing);
    }

    public override async ValueTask DisposeAsync()
    {
        await _inner.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
