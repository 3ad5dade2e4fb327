using System.Buffers;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>
/// A large answer that is read as it comes: a repo or a blob. Dispose it, read to the end or not; until then it holds one of the
/// host's places. Nothing in it is checked yet except its size and pace.
/// </summary>
public sealed class XrpcStream : IAsyncDisposable
{
    private readonly IDisposable? _owned;

    /// <param name="stream">The body; disposed with this.</param>
    /// <param name="contentType">As the server sent it.</param>
    /// <param name="length">Bytes promised.</param>
    /// <param name="owned">What else to give back when the body is done with.</param>
    public XrpcStream(Stream stream, string? contentType, long? length, IDisposable? owned = null) =>
        (Stream, ContentType, Length, _owned) = (stream, contentType, length, owned);

    /// <summary>The body; read it asynchronously. Faults of the other side come as <see cref="XrpcStreamException"/>.</summary>
    public Stream Stream { get; }

    /// <summary>As the server sent it, parameters and all; a stranger's text.</summary>
    public string? ContentType { get; }

    /// <summary>Bytes the server promises, if it does.</summary>
    public long? Length { get; }

    /// <summary>
    /// Copies the body and gives the number of bytes, or what went wrong on the server's side. What goes wrong with
    /// <paramref name="destination"/> is ours and is thrown.
    /// </summary>
    public async Task<XrpcResult<long>> CopyToAsync(Stream destination, CancellationToken cancel)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(128 * 1024);
        try
        {
            long total = 0;
            int count;
            while ((count = await Stream.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0)
            {
                await destination.WriteAsync(buffer.AsMemory(0, count), cancel).ConfigureAwait(false);
                total += count;
            }
            return XrpcResult.Ok(total);
        }
        catch (XrpcStreamException broken)
        {
            return broken.Error;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync().ConfigureAwait(false);
        _owned?.Dispose();
    }
}
