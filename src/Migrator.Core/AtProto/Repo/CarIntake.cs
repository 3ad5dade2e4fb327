using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;
using Migrator.Core.AtProto.Car;
using Migrator.Core.AtProto.DagCbor;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// Reads a CAR from a stream that can be read once: what comes is written to a file, cut into stretches, hashed by all cores, and
/// handed on in the order of the file.
/// </summary>
/// <remarks>
/// There is a fixed number of stretches, so that memory does not follow the size of the repository, and a slow disk or walk slows
/// down the network. The fault that comes out is the first one of the file.
/// </remarks>
internal sealed class CarIntake
{
    private readonly Stream _car;
    private readonly SafeFileHandle _store;
    private readonly CarLimits _limits;
    private readonly long _start;
    private readonly Channel<CarStretch> _free = Channel.CreateUnbounded<CarStretch>();
    private readonly Channel<Task<CarStretch>> _checked = Channel.CreateUnbounded<Task<CarStretch>>();
    private byte[] _rest = []; // the start of a block whose end was not in the stretch
    private int _restLength;
    private bool _ended;

    /// <param name="car">The stream.</param>
    /// <param name="store">Where it is kept.</param>
    /// <param name="start">Bytes of the files before it.</param>
    /// <param name="limits">What all files together may cost.</param>
    /// <param name="workers">How many cores may hash.</param>
    public CarIntake(Stream car, SafeFileHandle store, long start, CarLimits limits, int workers)
    {
        _car = car;
        _store = store;
        _start = start;
        _limits = limits;
        for (var i = 0; i < workers + 2; i++) _free.Writer.TryWrite(new CarStretch());
    }

    /// <summary>Known before the first stretch is handed on.</summary>
    public CarHeader? Header { get; private set; }

    /// <summary>Bytes that came so far.</summary>
    public long Length { get; private set; }

    /// <summary>Blocks that came so far, each counted as often as it came.</summary>
    public long Blocks { get; private set; }

    /// <param name="take">Is given each stretch in file order, checked; it must be done with it when it returns.</param>
    /// <param name="report">Is told how many bytes came so far, after each read.</param>
    /// <param name="cancel">Stops reading.</param>
    /// <exception cref="RepoFaultException">The first fault in the file.</exception>
    /// <exception cref="IOException">The stream broke, or the file could not be written.</exception>
    public async Task RunAsync(Func<CarStretch, Task> take, Func<long, Task>? report, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var reading = ReadAllAsync(report, stop.Token);
        try
        {
            await foreach (var check in _checked.Reader.ReadAllAsync(cancel))
            {
                var stretch = await check;
                await take(stretch);
                _free.Writer.TryWrite(stretch);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await reading;
            while (_checked.Reader.TryRead(out var check)) await ((Task)check).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>What goes wrong here comes out of the channel, after everything that came before it.</summary>
    private async Task ReadAllAsync(Func<long, Task>? report, CancellationToken cancel)
    {
        try
        {
            var offset = _start;
            while (await ReadStretchAsync(offset, report, cancel) is { } stretch)
            {
                offset = stretch.Offset + stretch.Length;
                Blocks += stretch.Count;
                KeepRest(stretch);
                var check = Task.Run(() =>
                {
                    stretch.Check();
                    return stretch;
                }, CancellationToken.None);
                _checked.Writer.TryWrite(check);
            }
            _checked.Writer.Complete();
        }
        catch (Exception e)
        {
            _checked.Writer.Complete(e);
        }
    }

    /// <returns>The next stretch, which has at least one block; null at the end.</returns>
    private async Task<CarStretch?> ReadStretchAsync(long offset, Func<long, Task>? report, CancellationToken cancel)
    {
        var stretch = await _free.Reader.ReadAsync(cancel);
        stretch.Offset = offset;
        stretch.Filled = 0;
        stretch.Reserve(Math.Max(CarStretch.Size, _restLength));
        _rest.AsSpan(0, _restLength).CopyTo(stretch.Buffer);
        stretch.Filled = _restLength;
        await FillAsync(stretch, report, cancel);
        if (Header is null) TakeHeader(stretch);
        while (true)
        {
            var needed = stretch.FindFrames(_limits, _limits.MaxBlocks - Blocks);
            if (stretch.Count > 0) return stretch;
            if (_ended && stretch.Filled == 0) return null;
            if (_ended) throw new RepoFaultException(RepoFault.CarTruncated, stretch.Offset, $"{stretch.Filled} bytes of {needed}");
            // The first block is larger than the buffer; its length is within the limit.
            stretch.Reserve(needed);
            await FillAsync(stretch, report, cancel);
        }
    }

    private async Task FillAsync(CarStretch stretch, Func<long, Task>? report, CancellationToken cancel)
    {
        var stored = stretch.Filled;
        while (!_ended && stretch.Filled < stretch.Buffer.Length)
        {
            var read = await _car.ReadAsync(stretch.Buffer.AsMemory(stretch.Filled), cancel);
            _ended = read == 0;
            stretch.Filled += read;
            Length += read;
            var most = Math.Min(_limits.MaxBytes, BlockLocation.MaxOffset);
            if (_start + Length > most) throw new RepoFaultException(RepoFault.CarTooLarge, -1, $"more than {most} bytes");
            if (report is not null) await report(Length);
        }
        var bytes = stretch.Buffer.AsMemory(stored, stretch.Filled - stored);
        await RandomAccess.WriteAsync(_store, bytes, Length - bytes.Length, cancel);
    }

    private void TakeHeader(CarStretch stretch)
    {
        if (stretch.Filled == 0) throw new RepoFaultException(RepoFault.CarEmpty, stretch.Offset, "no bytes");
        var window = stretch.Buffer.AsSpan(0, stretch.Filled);
        if (!CarFrame.TryFindHeader(window, stretch.Offset, _limits.MaxHeaderBytes, out var header, out _))
        {
            throw new RepoFaultException(RepoFault.CarTruncated, stretch.Offset, "the header is cut");
        }
        Header = CarHeader.Read(window[header], stretch.Offset + header.Start.Value);
        var length = header.End.Value;
        window[length..].CopyTo(stretch.Buffer);
        stretch.Filled -= length;
        stretch.Offset += length;
    }

    private void KeepRest(CarStretch stretch)
    {
        _restLength = stretch.Filled - stretch.Length;
        if (_rest.Length < _restLength) _rest = new byte[Math.Max(_restLength, CarStretch.Size)];
        stretch.Buffer.AsSpan(stretch.Length, _restLength).CopyTo(_rest);
    }
}
