using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.ExceptionServices;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>
/// A request body that is read from a stream while it is sent. It tells the sender's watch when it waits for the network (a limit
/// applies) and when it waits for its own source (none does: that stream has limits of its own).
/// </summary>
internal sealed class UploadContent : HttpContent
{
    private const int BufferSize = 64 * 1024;

    private readonly Stream _source;
    private readonly long? _length;
    private readonly IProgress<long>? _progress;

    public UploadContent(Stream source, long? length, string mediaType, IProgress<long>? progress)
    {
        (_source, _length, _progress) = (source, length, progress);
        // The type may come from a stranger's record: only a well-formed one is passed on.
        Headers.ContentType = MediaTypeHeaderValue.TryParse(mediaType, out var type) ? type : new("application/octet-stream");
    }

    /// <summary>Set by the sender before the request goes out.</summary>
    public IUploadWatch? Watch { get; set; }

    /// <summary>What went wrong while reading the source, which is not the receiving server's fault.</summary>
    public ExceptionDispatchInfo? SourceFault { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            long sent = 0;
            while (true)
            {
                Watch?.Pause();
                var count = await ReadSourceAsync(buffer, cancellationToken).ConfigureAwait(false);
                if (count == 0) break;
                Watch?.StartSending();
                await stream.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                sent += count;
                _progress?.Report(sent);
            }
            if (_length is { } promised && sent != promised)
                Fail(new IOException($"The source ended after {sent} of {promised} bytes."));
            Watch?.StartWaitingForReply();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _length ?? 0;
        return _length is not null;
    }

    private async ValueTask<int> ReadSourceAsync(byte[] buffer, CancellationToken cancel)
    {
        try
        {
            return await _source.ReadAsync(buffer.AsMemory(0, BufferSize), cancel).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            SourceFault = ExceptionDispatchInfo.Capture(fault);
            throw;
        }
    }

    private void Fail(Exception fault)
    {
        SourceFault = ExceptionDispatchInfo.Capture(fault);
        SourceFault.Throw();
    }
}
