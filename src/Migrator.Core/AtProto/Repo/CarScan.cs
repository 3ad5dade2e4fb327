using Migrator.Core.AtProto.Car;
using Migrator.Core.AtProto.DagCbor;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// The first pass over files: every block is hashed against its CID, judged as a record, and noted for the index.
/// </summary>
/// <remarks>
/// Several workers share the pass. Each takes the next stretch of the file under a lock (reading and finding the frames is a small
/// part of the work), then hashes it on its own. Stretches are handed out in file order and each is worked to its end or its first
/// fault, so the fault that is reported is always the first one of the file.
/// </remarks>
/// <param name="files">What is read.</param>
/// <param name="limits">What it may cost.</param>
/// <param name="index">Is told about each block.</param>
/// <param name="blocks">Blocks that were counted against the limit before.</param>
/// <param name="progress">Is told how far the pass is.</param>
/// <param name="inOrder">
/// Is given each checked stretch in the order of the file, one at a time, and there is no index; it says whether to go on.
/// </param>
internal sealed class CarScan(
    BlockFiles files, CarLimits limits, BlockIndexBuilder? index, long blocks = 0, IProgress<RepoProgress>? progress = null,
    Func<CarStretch, bool>? inOrder = null)
{
    private readonly Lock _lock = new();
    private readonly List<CarHeader> _headers = [];
    private int _file = -1;
    private long _next, _end; // the part of the current file that nobody has taken
    private long _done, _blocks = blocks;
    private int _handedOut, _turn; // stretches that were taken; the one that is next in order
    private bool _ended;
    private RepoFaultException? _fault;

    /// <summary>The headers of the files, in their order.</summary>
    public IReadOnlyList<CarHeader> Headers => _headers;

    /// <exception cref="RepoFaultException">The first fault in the files.</exception>
    public void Run(int workers, CancellationToken cancel)
    {
        WorkerThreads.Run(workers, () => Work(cancel));
        if (_fault is not null) throw _fault;
    }

    private void Work(CancellationToken cancel)
    {
        try
        {
            Work(new CarStretch(), cancel);
        }
        catch
        {
            EndTurns();
            throw;
        }
    }

    private void Work(CarStretch stretch, CancellationToken cancel)
    {
        stretch.Reserve(CarStretch.Size);
        var writer = index?.OpenWriter();
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                if (!TryTake(stretch)) break;
                stretch.Check();
                if (writer is not null) stretch.AddTo(writer);
                else if (!WaitAndGive(stretch)) return;
            }
            catch (RepoFaultException e)
            {
                lock (_lock) Note(e);
                EndTurns();
                return;
            }
            long done;
            lock (_lock) done = _done += stretch.Length;
            progress?.Report(new RepoProgress(done, files.TotalBytes));
        }
        writer?.Close();
    }

    /// <summary>Nobody waits for a turn that does not come.</summary>
    private void EndTurns()
    {
        lock (_headers)
        {
            _ended = true;
            Monitor.PulseAll(_headers);
        }
    }

    private bool WaitAndGive(CarStretch stretch)
    {
        lock (_headers)
        {
            while (_turn != stretch.Number && !_ended) Monitor.Wait(_headers);
            if (_ended) return false;
        }
        var goesOn = false;
        try
        {
            return goesOn = inOrder!(stretch);
        }
        finally
        {
            lock (_headers)
            {
                _turn++;
                _ended |= !goesOn;
                Monitor.PulseAll(_headers);
            }
        }
    }

    /// <summary>Takes the next stretch: whole frames only, at least one.</summary>
    /// <returns>False when all is taken or another worker met a fault.</returns>
    private bool TryTake(CarStretch stretch)
    {
        lock (_lock)
        {
            if (_fault is not null) return false;
            try
            {
                return TryTakeNext(stretch);
            }
            catch (RepoFaultException e)
            {
                // Noted before anyone else comes in: nothing lies behind it that can be told.
                Note(e);
                return false;
            }
        }
    }

    private bool TryTakeNext(CarStretch stretch)
    {
        while (_next == _end)
        {
            if (_file + 1 == files.Count) return false;
            OpenNextFile(stretch.Buffer);
        }
        var available = _end - _next;
        var needed = Fill(stretch, stretch.Buffer.Length);
        if (stretch.Count == 0)
        {
            // The first frame is larger than the buffer. Its length is within the limit; is it within the file?
            if (needed > available) throw new RepoFaultException(RepoFault.CarTruncated, _next, $"{available} bytes of {needed}");
            stretch.Reserve(needed);
            Fill(stretch, needed);
        }
        stretch.Number = _handedOut++;
        _next += stretch.Length;
        _blocks += stretch.Count;
        return true;
    }

    private void Note(RepoFaultException fault)
    {
        if (_fault is null || fault.Offset < _fault.Offset) _fault = fault;
    }

    private int Fill(CarStretch stretch, int length)
    {
        stretch.Offset = _next;
        stretch.Filled = (int)Math.Min(length, _end - _next);
        files.Read(_next, stretch.Buffer.AsSpan(0, stretch.Filled));
        return stretch.FindFrames(limits, limits.MaxBlocks - _blocks);
    }

    private void OpenNextFile(byte[] window)
    {
        _file++;
        (_next, _end) = files.Extent(_file);
        if (_next == _end) throw new RepoFaultException(RepoFault.CarEmpty, _next, "no bytes");
        var filled = (int)Math.Min(_end - _next, limits.MaxHeaderBytes + Encoding.Varint.MaxLength);
        files.Read(_next, window.AsSpan(0, filled));
        if (!CarFrame.TryFindHeader(window.AsSpan(0, filled), _next, limits.MaxHeaderBytes, out var header, out _))
        {
            throw new RepoFaultException(RepoFault.CarTruncated, _next, "the header is cut");
        }
        _headers.Add(CarHeader.Read(window.AsSpan(0, filled)[header], _next + header.Start.Value));
        _next += header.End.Value;
        _done += header.End.Value;
    }
}
