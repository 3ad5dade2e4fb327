using System.Diagnostics;

namespace Migrator.Benchmarks;

/// <summary>Counts the time in which at least one answer of a server, or the next piece of one, is being waited for.</summary>
internal sealed class AnswerClock : DelegatingHandler
{
    private readonly Lock _gate = new();
    private int _waiting;
    private long _since;

    public TimeSpan Waited { get; private set; }

    public int Requests { get; private set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests++;
        Begin();
        try
        {
            var answer = await base.SendAsync(request, cancellationToken);
            var content = new StreamContent(new Body(this, await answer.Content.ReadAsStreamAsync(cancellationToken)));
            foreach (var (name, values) in answer.Content.Headers) content.Headers.TryAddWithoutValidation(name, values);
            answer.Content = content;
            return answer;
        }
        finally
        {
            End();
        }
    }

    private void Begin()
    {
        lock (_gate)
        {
            if (_waiting++ == 0) _since = Stopwatch.GetTimestamp();
        }
    }

    private void End()
    {
        lock (_gate)
        {
            if (--_waiting == 0) Waited += Stopwatch.GetElapsedTime(_since);
        }
    }

    private sealed class Body(AnswerClock clock, Stream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => inner.Length;

        public override long Position
        {
            get => inner.Position;
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            clock.Begin();
            try
            {
                return await inner.ReadAsync(buffer, cancellationToken);
            }
            finally
            {
                clock.End();
            }
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
