using System.Diagnostics.CodeAnalysis;

namespace Migrator.Core.Age;

/// <summary>
/// The input of a reader: lines while the header is read, which is kept, and then bytes, beginning with those that were read too far.
/// </summary>
internal sealed class AgeSource(Stream input)
{
    private const int FirstRead = 4096;

    private readonly Func<Memory<byte>, CancellationToken, ValueTask<int>> _read = BatchRelay.ReaderOf(input);
    private byte[] _buffer = new byte[FirstRead];
    private int _taken;
    private int _filled;

    /// <summary>Everything that was taken as lines.</summary>
    public ReadOnlySpan<byte> Lines => _buffer.AsSpan(0, _taken);

    /// <summary>The first byte that was not taken yet, or -1 at the end of the input.</summary>
    public async ValueTask<int> PeekAsync(CancellationToken cancel)
    {
        return _taken < _filled || await FillAsync(cancel).ConfigureAwait(false) ? _buffer[_taken] : -1;
    }

    /// <summary>The next line without its line feed. It is good until the next call.</summary>
    /// <exception cref="AgeFaultException">The input ends within the line, or the header becomes too long.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> TakeLineAsync(CancellationToken cancel)
    {
        var searched = _taken;
        while (true)
        {
            var end = _buffer.AsSpan(searched, _filled - searched).IndexOf((byte)'\n');
            if (end >= 0)
            {
                var line = _buffer.AsMemory(_taken, searched + end - _taken);
                _taken = searched + end + 1;
                return line;
            }
            searched = _filled;
            if (!await FillAsync(cancel).ConfigureAwait(false))
                throw new AgeFaultException(AgeFault.Header, "the file ends within its header");
        }
    }

    /// <summary>The next bytes after what was taken; 0 at the end.</summary>
    public ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancel)
    {
        if (_taken == _filled) return _read(destination, cancel);
        var count = Math.Min(destination.Length, _filled - _taken);
        _buffer.AsSpan(_taken, count).CopyTo(destination.Span);
        _taken += count;
        return ValueTask.FromResult(count);
    }

    /// <summary>The file on disk that this reads from, if it does, and where in it the next bytes stand.</summary>
    public bool TryGetFile([NotNullWhen(true)] out FileStream? file, out long position)
    {
        file = input as FileStream;
        if (file is { CanSeek: false }) file = null;
        position = file is null ? 0 : file.Position - (_filled - _taken);
        return file is not null;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancel)
    {
        if (_filled == _buffer.Length)
        {
            if (_filled >= AgeLimits.MaxHeaderLength)
                throw new AgeFaultException(AgeFault.Header, $"its header is longer than {AgeLimits.MaxHeaderLength:N0} bytes");
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }
        var count = await _read(_buffer.AsMemory(_filled), cancel).ConfigureAwait(false);
        _filled += count;
        return count > 0;
    }
}
