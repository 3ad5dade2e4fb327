namespace Migrator.Core.Tests.AtProto.Xrpc;

/// <summary>
/// The wire to a server that says "go on" (100 Continue), takes some bytes and then takes no more: the next write waits until the
/// connection is closed.
/// </summary>
internal sealed class StuckConnection(long room) : Stream
{
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _stuck = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _taken;
    private bool _saidGoOn;

    /// <summary>Ends when a write waits.</summary>
    public Task Stuck => _stuck.Task;

    public bool IsClosed => _closed.Task.IsCompleted;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _taken += buffer.Length;
        _asked.TrySetResult();
        if (_taken <= room) return;
        _stuck.TrySetResult();
        await _closed.Task;
        throw new IOException("The connection was closed.");
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await _asked.Task;
        if (_saidGoOn)
        {
            await _closed.Task;
            return 0;
        }
        _saidGoOn = true;
        var goOn = "HTTP/1.1 100 Continue\r\n\r\n"u8;
        goOn.CopyTo(buffer.Span);
        return goOn.Length;
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public override void Flush() { }
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _closed.TrySetResult();
        base.Dispose(disposing);
    }
}
