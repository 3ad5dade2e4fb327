using System.Runtime.CompilerServices;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Encoding;

namespace Migrator.Core.AtProto.Car;

/// <summary>
/// Reads a CAR file, version 1, forward from a stream: the header, then block after block, each checked against its CID.
/// </summary>
/// <remarks>
/// A CAR has no end mark: that nothing is missing only a walk from the root shows (<c>RepoVerifier</c>). Memory is one buffer as
/// large as the largest block. Not for use by two threads.
/// </remarks>
public sealed class CarReader
{
    private const int InitialBuffer = 128 * 1024;

    private readonly Stream _stream;
    private readonly CarLimits _limits;
    private byte[] _buffer = new byte[InitialBuffer];
    private int _start, _end;
    private long _offset; // of _start in the file

    private CarReader(Stream stream, CarLimits limits)
    {
        _stream = stream;
        _limits = limits;
        Header = new CarHeader([]);
    }

    public CarHeader Header { get; private set; }

    /// <summary>Reads the header. The stream stays the caller's to close.</summary>
    /// <exception cref="RepoFaultException">Empty, cut, or not a CAR file.</exception>
    public static async Task<CarReader> OpenAsync(Stream stream, CarLimits? limits = null, CancellationToken cancel = default)
    {
        var reader = new CarReader(stream, limits ?? CarLimits.Default);
        await reader.ReadHeaderAsync(cancel);
        return reader;
    }

    /// <summary>The blocks in file order. A block's data lives until the next is asked for. Can be run through once.</summary>
    /// <exception cref="RepoFaultException">A malformed length, a foreign kind of CID, a wrong hash, a cut end, a limit passed.</exception>
    public async IAsyncEnumerable<CarBlock> ReadBlocksAsync([EnumeratorCancellation] CancellationToken cancel = default)
    {
        for (long count = 1; ; count++)
        {
            CarFrame frame;
            while (!CarFrame.TryFind(_buffer.AsSpan(0, _end), _start, _offset - _start, _limits.MaxBlockBytes, out frame, out var needed))
            {
                if (await FillAsync(needed, cancel)) continue;
                if (_start == _end) yield break;
                throw new RepoFaultException(RepoFault.CarTruncated, _offset, $"{_end - _start} bytes of {needed}");
            }
            if (count > _limits.MaxBlocks) throw new RepoFaultException(RepoFault.CarTooManyBlocks, _offset, $"more than {_limits.MaxBlocks}");
            var block = CarBlock.Verify(_buffer.AsMemory(frame.CidStart, frame.End - frame.CidStart), _offset + frame.CidStart - _start);
            Consume(frame.End - _start);
            yield return block;
        }
    }

    private async Task ReadHeaderAsync(CancellationToken cancel)
    {
        Range header;
        while (!CarFrame.TryFindHeader(_buffer.AsSpan(_start, _end - _start), _offset, _limits.MaxHeaderBytes, out header, out var needed))
        {
            if (await FillAsync(needed, cancel)) continue;
            if (_end == 0) throw new RepoFaultException(RepoFault.CarEmpty, 0, "no bytes");
            throw new RepoFaultException(RepoFault.CarTruncated, 0, "the header is cut");
        }
        Header = CarHeader.Read(_buffer.AsSpan(_start, _end - _start)[header], header.Start.Value);
        Consume(header.End.Value);
    }

    /// <summary>Reads on until the buffer holds <paramref name="needed"/> bytes or the stream ends.</summary>
    /// <returns>False when the stream gave nothing more.</returns>
    private async ValueTask<bool> FillAsync(int needed, CancellationToken cancel)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }
        // The announced length was checked against the limit; still, room is made only as bytes really come.
        if (_end == _buffer.Length) Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, Math.Max(needed, InitialBuffer)));
        var read = await _stream.ReadAsync(_buffer.AsMemory(_end), cancel);
        _end += read;
        if (_offset + _end > _limits.MaxBytes) throw new RepoFaultException(RepoFault.CarTooLarge, _offset, $"more than {_limits.MaxBytes} bytes");
        return read > 0;
    }

    private void Consume(int count)
    {
        _start += count;
        _offset += count;
    }
}
