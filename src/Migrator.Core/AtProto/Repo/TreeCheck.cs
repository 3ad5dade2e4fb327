using System.Runtime.InteropServices;
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
/// that of the first subtree, so it is always the same.
/// </remarks>
internal sealed class TreeCheck(BlockStore store, RepoLimits limits)
{
    /// <summary>Layers that the top has: enough for some dozens of subtrees, so that workers end at about the same time.</summary>
    private const int TopLayers = 3;

    private readonly BlobTable _blobs = new(limits.MaxBlobs);
    private readonly List<TreePart> _parts = [];
    private readonly List<Subtree> _subtrees = [];
    private readonly Lock _lock = new();
    private int _taken;
    private (int Subtree, RepoFaultException Exception)? _fault;

    public IReadOnlyCollection<BlobReference> Blobs => _blobs;

    public long Records => _parts.Sum(p => p.Records);

    /// <summary>Different blocks that were reached, the commit among them.</summary>
    public long Blocks => _parts.Sum(p => p.Blocks);

    /// <summary>Bytes of data in those blocks.</summary>
    public long Bytes => _parts.Sum(p => p.Bytes);

    public Dictionary<string, long> CountByCollection()
    {
        var counts = new Dictionary<string, long>();
        foreach (var (name, count) in _parts.SelectMany(p => p.RecordsByCollection))
        {
            CollectionsMarshal.GetValueRefOrAddDefault(counts, name, out _) += count;
        }
        return counts;
    }

    /// <summary>Marks the commit as reached.</summary>
    /// <returns>Where it lies; nothing when there is no such block.</returns>
    public BlockLocation ReachCommit(Cid cid) => NewPart().Reach(cid);

    /// <exception cref="RepoFaultException">Something is missing or breaks a rule.</exception>
    public async Task RunAsync(Cid root, int workers, CancellationToken cancel)
    {
        await Task.Run(() => WalkTop(NewPart(), root), cancel);
        var tasks = new Task[Math.Min(workers, _subtrees.Count)];
        for (var i = 0; i < tasks.Length; i++)
        {
            var part = NewPart();
            tasks[i] = Task.Run(() => Work(part, cancel), cancel);
        }
        await Task.WhenAll(tasks);
        if (_fault is { } fault) throw fault.Exception;
    }

    private void WalkTop(TreePart top, Cid root)
    {
        var cursor = top.Cursor;
        cursor.StartAtRoot(root);
        if (cursor.Item == MstItem.End) return;
        var lowest = cursor.Layer - TopLayers + 1;
        var after = new byte[MstKey.MaxLength];
        for (; cursor.Item != MstItem.End; )
        {
            if (cursor.Item == MstItem.Record)
            {
                top.CheckRecord();
                cursor.Advance();
            }
            else if (cursor.Layer > lowest)
            {
                cursor.Enter();
            }
            else
            {
                cursor.PeekKeyAfterSubtree(after, out var length);
                _subtrees.Add(new Subtree(cursor.Cid, cursor.Layer - 1, cursor.LastKey.ToArray(), after[..length]));
                cursor.Advance();
            }
        }
        top.CloseCollection();
    }

    private void Work(TreePart part, CancellationToken cancel)
    {
        while (TryTake(out var number))
        {
            try
            {
                var subtree = _subtrees[number];
                var cursor = part.Cursor;
                cursor.StartAtSubtree(subtree.Root, subtree.Layer, subtree.After, subtree.Before);
                for (; cursor.MoveToRecord(); cursor.Advance())
                {
                    part.CheckRecord();
                    if ((part.Records & 0xfff) == 0) cancel.ThrowIfCancellationRequested();
                }
            }
            catch (RepoFaultException e)
            {
                lock (_lock)
                {
                    if (_fault is null || number < _fault.Value.Subtree) _fault = (number, e);
                }
            }
        }
        part.CloseCollection();
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

    private TreePart NewPart()
    {
        var part = new TreePart(store, _blobs, limits);
        _parts.Add(part);
        return part;
    }

    /// <summary>A subtree with the layer it must have and the keys it must lie between; an empty key is no bound.</summary>
    private sealed record Subtree(Cid Root, int Layer, byte[] After, byte[] Before);
}
