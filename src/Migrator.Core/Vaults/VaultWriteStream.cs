using System.Buffers;
using System.Security.Cryptography;

namespace Migrator.Core.Vaults;

/// <summary>
/// What a writer of an object is given: counts and hashes the bytes, and gathers small writes.
/// </summary>
/// <param name="passOn">Takes the bytes; its exceptions are the writer's.</param>
internal sealed class VaultWriteStream(Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> passOn) : Stream
{
    private const int BufferSize = 128 * 1024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private int _filled;
    private long _count;

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _count;
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_buffer.Length == 0, this);
        _hash.AppendData(buffer.Span);
        _count += buffer.Length;
        if (buffer.Length > BufferSize - _filled) await FlushAsync(cancellationToken).ConfigureAwait(false);
        if (buffer.Length >= BufferSize)
        {
            await passOn(buffer, cancellationToken).ConfigureAwait(false);
            return;
        }
        buffer.CopyTo(_buffer.AsMemory(_filled));
        _filled += buffer.Length;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Vaults are written asynchronously.");

    // Writers such as JSON serializers flush at their end; nothing is gained by passing that on.
    public override void Flush() { }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_filled == 0) return;
        var length = _filled;
        _filled = 0;
        await passOn(_buffer.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Passes on what is left and tells what was written. Nothing can be written after it.</summary>
    public async Task<VaultReceipt> FinishAsync(string name, CancellationToken cancel)
    {
        await FlushAsync(cancel).ConfigureAwait(false);
        var receipt = new VaultReceipt(name, _count, _hash.GetHashAndReset());
        await DisposeAsync().ConfigureAwait(false);
        return receipt;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && _buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
            _hash.Dispose();
        }
        base.Dispose(disposing);
    }
}
