using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// The second pass: walks the tree from its root, sees that every record is there and is one, collects blob references, and marks
/// what it reached.
/// </summary>
/// <remarks>
/// The top of the tree is walked first; it cuts the rest into subtrees, each held to the keys on either side of it, which several
/// workers then walk. They are taken in order and each is walked to its end or its first fault, and the fault that is reported is
/// that of the first subtree, so it is always the same. A listener is told about the records in order meanwhile; when too many wait
/// for it, the rest is told after the check, by a second walk: a small file can hold paths of many gigabytes.
/// </remarks>
/// <param name="store">The blocks.</param>
/// <param name="limits">What the tree may cost.</param>
/// <param name="listener">Is told about each record; on its own thread, one at a time.</param>
internal sealed class TreeCheck(BlockStore store, RepoLimits limits, RecordVisitor? listener = null)
{
    /// <summary>Layers that the top has: enough for some dozens of subtrees, so that workers end at about the same time.</summary>
    private const int TopLayers = 4;

    private readonly BlobTable _blobs = new(limits.MaxBlobs);
    private readonly List<TreePart> _parts = [];
    private readonly List<Subtree> _subtrees = [];
    private readonly List<TopRecord> _topRecords = []; // each with the number of the subtree after it
    private readonly RecordBacklog _backlog = new(limits.MaxWaitingForListener);
    private readonly Lock _lock = new();
    private int _taken;
    private volatile bool _stopped;
    private Fault? _fault;
    private long _told;
    private bool _isAllTold;

    public IReadOnlyCollection<BlobReference> Blobs => _blobs;

    public long Records => Sum(part => part.Records);

    /// <summary>Different blocks that were reached, the commit among them.</summary>
    public long Blocks => Sum(part => part.Blocks);

    /// <summary>Bytes of data in those blocks.</summary>
    public long Bytes => Sum(part => part.Bytes);

    public Dictionary<string, long> CountByCollection() => CollectionCounts.Sum(_parts.Select(p => p.Collections));

    /// <summary>Marks the commit as reached.</summary>
    /// <returns>Where it lies; nothing when there is no such block.</returns>
    public BlockLocation ReachCommit(Cid cid) => NewPart().Reach(cid);

    /// <exception cref="RepoFaultException">Something is missing or breaks a rule.</exception>
    public void Run(Cid root, int workers, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        WalkTop(NewPart(), root);
        using var registration = cancel.Register(Stop);
        try
        {
            // The listener waits for the workers, so it is none of them.
            Action? listening = listener is null || _backlog.IsOver ? null : () => Listen(listener);
            WorkerThreads.Run(Math.Clamp(_subtrees.Count, 1, workers), () => Work(NewPart()), listening);
        }
        catch (OperationCanceledException)
        {
            cancel.ThrowIfCancellationRequested();
            // Else the listener stopped the others when it came to the fault, which is thrown below.
            if (_fault is null) throw;
        }
        if (_fault is { } fault) throw fault.Exception;
        if (listener is not null && !_isAllTold) TellRest(root, listener, cancel);
    }

    private void Stop()
    {
        _stopped = true;
        foreach (var subtree in _subtrees) subtree.Feed?.Stop();
    }

    private void WalkTop(TreePart top, Cid root)
    {
        var cursor = top.Cursor;
        cursor.StartAtRoot(root);
        var lowest = cursor.Item == MstItem.End ? 0 : cursor.Layer - TopLayers + 1;
        var after = new byte[MstKey.MaxLength];
        while (cursor.Item != MstItem.End)
        {
            if (cursor.Item == MstItem.Record)
            {
                top.CheckRecord();
                if (listener is not null && _backlog.TryAdd(TopRecord.Overhead + cursor.Key.Length))
                    _topRecords.Add(new TopRecord(_subtrees.Count, cursor.Key.ToArray(), cursor.Cid));
                cursor.Advance();
            }
            else if (cursor.Layer > lowest || cursor.Layer == 0)
            {
                cursor.Enter();
            }
            else
            {
                cursor.PeekKeyAfterSubtree(after, out var length);
                var feed = listener is null || _backlog.IsOver ? null : new RecordFeed(_backlog);
                _subtrees.Add(new Subtree(cursor.Cid, cursor.Layer - 1, cursor.LastKey.ToArray(), after[..length], feed));
                cursor.Advance();
            }
        }
    }

    private void Work(TreePart part)
    {
        try
        {
            while (TryTake(out var number)) Work(part, number);
        }
        catch
        {
            Stop();
            throw;
        }
    }

    private void Work(TreePart part, int number)
    {
        var subtree = _subtrees[number];
        try
        {
            CheckSubtree(part, subtree);
        }
        catch (RepoFaultException e)
        {
            lock (_lock)
            {
                if (_fault is null || number < _fault.Subtree) _fault = new Fault(number, e);
            }
        }
        subtree.Feed?.Close();
    }

    private void CheckSubtree(TreePart part, Subtree subtree)
    {
        var cursor = part.Cursor;
        cursor.StartAtSubtree(subtree.Root, subtree.Layer, subtree.After, subtree.Before);
        for (; cursor.MoveToRecord(); cursor.Advance())
        {
            part.CheckRecord();
            subtree.Feed?.Add(cursor.Key, cursor.Cid);
            if (_stopped) throw new OperationCanceledException();
        }
    }

    /// <summary>Hands the records to the listener: those of the top between those of the subtrees.</summary>
    private void Listen(RecordVisitor visitor)
    {
        var isCut = false;
        void Tell(ReadOnlySpan<byte> path, Cid cid)
        {
            visitor(path, cid);
            _told++;
        }

        try
        {
            var next = 0;
            for (var number = 0; number <= _subtrees.Count; number++)
            {
                for (; next < _topRecords.Count && _topRecords[next].Subtree == number; next++)
                {
                    Tell(_topRecords[next].Path, _topRecords[next].Cid);
                }
                if (number == _subtrees.Count)
                {
                    _isAllTold = true;
                    return;
                }
                if (!_subtrees[number].Feed!.Deliver(Tell))
                {
                    isCut = true;
                    return;
                }
                lock (_lock)
                {
                    // Nobody takes subtrees after a fault: what follows would never come.
                    if (_fault is not null && _fault.Subtree <= number) return;
                }
            }
        }
        finally
        {
            // Whoever still works does so for nothing: all is told, or something is wrong. Unless the rest is to be told later.
            if (!isCut) Stop();
            else foreach (var subtree in _subtrees) subtree.Feed!.Cut();
        }
    }

    /// <summary>After the check: hands those records to the listener that it was not told meanwhile.</summary>
    private void TellRest(Cid root, RecordVisitor visitor, CancellationToken cancel)
    {
        var cursor = new MstCursor(store, limits.MaxTreeHeight, isVerified: true);
        cursor.StartAtRoot(root);
        for (long number = 0; cursor.MoveToRecord(); cursor.Advance(), number++)
        {
            cancel.ThrowIfCancellationRequested();
            if (number >= _told) visitor(cursor.Key, cursor.Cid);
        }
    }

    private bool TryTake(out int number)
    {
        lock (_lock)
        {
            number = _taken;
            if (_fault is not null || _taken == _subtrees.Count) return false;
            _taken++;
            return true;
        }
    }

    private long Sum(Func<TreePart, long> of)
    {
        long sum = 0;
        foreach (var part in _parts) sum += of(part);
        return sum;
    }

    private TreePart NewPart()
    {
        var part = new TreePart(store, _blobs, limits);
        lock (_lock) _parts.Add(part);
        return part;
    }

    /// <summary>A subtree with the layer it must have and the keys it must lie between; an empty key is no bound.</summary>
    private sealed record Subtree(Cid Root, int Layer, byte[] After, byte[] Before, RecordFeed? Feed);

    private sealed record Fault(int Subtree, RepoFaultException Exception);

    private sealed record TopRecord(int Subtree, byte[] Path, Cid Cid)
    {
        /// <summary>Bytes that each takes besides its path.</summary>
        public const int Overhead = 128;
    }
}
