using Migrator.Core.AtProto.Net;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>The time limits of one sending, phase by phase; <see cref="Phase"/> says which one was broken.</summary>
internal sealed class CallWatch : IUploadWatch, IDisposable
{
    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenSource _either;
    private readonly NetworkOptions _options;
    private readonly TimeSpan _replyTimeout;

    public CallWatch(NetworkOptions options, TimeSpan? replyTimeout, TimeProvider time, CancellationToken cancel)
    {
        _options = options;
        _replyTimeout = replyTimeout ?? options.HeaderTimeout;
        // Connecting has a limit of its own, so the wait for the answer begins with that on top.
        _limit = new CancellationTokenSource(options.ConnectTimeout + _replyTimeout, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token, cancel);
    }

    public CancellationToken Token => _either.Token;

    public bool RanOut => _limit.IsCancellationRequested;

    public string Phase { get; private set; } = "answer";

    public void Pause() => _limit.CancelAfter(Timeout.InfiniteTimeSpan);

    public void StartSending() => Arm("take the next bytes", _options.IdleTimeout);

    public void StartWaitingForReply() => Arm("answer", _replyTimeout);

    public void StartReadingBody() => Arm("send its whole answer", _options.BodyTimeout);

    public void Dispose()
    {
        _either.Dispose();
        _limit.Dispose();
    }

    private void Arm(string phase, TimeSpan limit)
    {
        Phase = phase;
        _limit.CancelAfter(limit);
    }
}
