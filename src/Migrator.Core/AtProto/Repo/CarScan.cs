using Migrator.Core.AtProto.Car;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// The first pass over the files: every block is hashed against its CID, judged as a record, and noted in the index.
/// </summary>
/// <remarks>
/// Several workers share the pass. Each takes the next stretch of the file under a lock (reading and finding the frames is a small
/// part of the work), then hashes it on its own. Stretches are handed out in file order and each is worked to its end or its first
/// fault, so the fault that is reported is always the first one of the file.
/// </remarks>
internal sealed class CarScan(BlockFiles files, CarLimits limits, IProgress<RepoProgress>? progress)
{
    private const int Stretch = 512 * 1024;

    private readonly Lock _lock = new();
    private readonly List<CarHeader> _headers = [];
    private readonly BlockIndexBuilder _blocksFound = new();
    private int _file = -1;
    private long _next, _end; // the part of the current file that nobody has taken
    private long _blocks, _done;
    private RepoFaultException? _fault;

    /// <summary>The headers of the files, in their order.</summary>
    public IReadOnlyList<CarHeader> Headers => _headers;

    /// <returns>Every block of the files.</returns>
    /// <exception cref="RepoFaultException">The first fault in the files.</exception>
    public async Task<BlockIndex> RunAsync(int workers, CancellationToken cancel)
    {
        var tasks = new Task[workers];
        for (var i = 0; i < workers; i++) tasks[i] = Task.Run(() => Work(cancel), cancel);
        await Task.WhenAll(tasks);
        if (_fault is not null) throw _fault;
        return _blocksFound.Build();
    }

    private void Work(CancellationToken cancel)
    {
        var window = new byte[Stretch];
        var frames = new List<CarFrame>();
        var index = _blocksFound.OpenWriter();
        var entries = new MstEntry[16];
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            long offset;
            int length;
            try
            {
                if (!TryTake(ref window, frames, out offset, out length)) break;
                foreach (var frame in frames) index.Add(Check(window, frame, offset, ref entries, out var location), location);
            }
            catch (RepoFaultException e)
            {
                lock (_lock)
                {
                    if (_fault is null || e.Offset < _fault.Offset) _fault = e;
                }
                return;
            }
            long done;
            lock (_lock) done = _done += length;
            progress?.Report(new RepoProgress(done, files.TotalBytes));
        }
        index.Close();
    }

    private static Cid Check(byte[] window, CarFrame frame, long offset, ref MstEntry[] entries, out BlockLocation location)
    {
        var data = window.AsSpan(frame.DataStart, frame.DataLength);
        if (!Cid.TryReadBinary(window.AsSpan(frame.CidStart, Cid.BinaryLength), out var cid))
        {
            throw new RepoFaultException(RepoFault.CarBlockCid, offset + frame.CidStart, "not a CIDv1 (dag-cbor or raw) with sha2-256");
        }
        Span<byte> digest = stackalloc byte[Cid.DigestLength];
        BlockHash.Compute(data, digest);
        if (!cid.DigestEquals(digest)) throw new RepoFaultException(RepoFault.CarBlockHash, offset + frame.CidStart, cid.ToString());

        var flags = cid.Codec == CidCodec.DagCbor ? RecordCheck.Classify(data, ref entries) : BlockFlags.None;
        location = BlockLocation.Of(offset + frame.CidStart, data.Length, flags);
        return cid;
    }

    /// <summary>Takes the next stretch: whole frames only, at least one.</summary>
    /// <returns>False when all is taken or another worker met a fault.</returns>
    private bool TryTake(ref byte[] window, List<CarFrame> frames, out long offset, out int length)
    {
        lock (_lock)
        {
            offset = length = 0;
            frames.Clear();
            if (_fault is not null) return false;
            while (_next == _end)
            {
                if (_file + 1 == files.Count) return false;
                OpenNextFile(window);
            }
            offset = _next;
            var available = _end - _next;
            var filled = (int)Math.Min(window.Length, available);
            files.Read(offset, window.AsSpan(0, filled));
            length = FindFrames(window.AsSpan(0, filled), offset, frames, out var needed);
            if (length == 0)
            {
                // The first frame is larger than the window. Its length is within the limit; is it within the file?
                if (needed > available) throw new RepoFaultException(RepoFault.CarTruncated, offset, $"{available} bytes of {needed}");
                window = new byte[needed];
                files.Read(offset, window);
                length = FindFrames(window, offset, frames, out _);
            }
            _next += length;
            return true;
        }
    }

    /// <summary>Finds frames up to the end of the window, or up to a fault, which is then thrown when the next stretch starts with it.</summary>
    /// <returns>How many bytes the frames take together.</returns>
    private int FindFrames(ReadOnlySpan<byte> window, long offset, List<CarFrame> frames, out int needed)
    {
        var end = 0;
        needed = 0;
        try
        {
            while (CarFrame.TryFind(window, end, offset, limits.MaxBlockBytes, out var frame, out needed))
            {
                if (_blocks == limits.MaxBlocks) throw new RepoFaultException(RepoFault.CarTooManyBlocks, offset + end, $"more than {limits.MaxBlocks}");
                _blocks++;
                frames.Add(frame);
                end = frame.End;
            }
        }
        catch (RepoFaultException) when (end > 0)
        {
            return end;
        }
        return end;
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
