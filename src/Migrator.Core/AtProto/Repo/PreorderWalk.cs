using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// Verifies a repository whose blocks come in the order of the tree: the commit, then each node, and behind it what it holds, in key
/// order. Nothing is kept but the nodes on the way down and the list of blobs.
/// </summary>
/// <remarks>
/// It only ever says yes. Whatever else comes — another order, a record that was sent before and is only named again, something that
/// is wrong — is for the way with an index to judge, so that both ways give the same answer and name the same fault.
/// </remarks>
internal sealed class PreorderWalk : IMstBlocks
{
    private readonly Cid _root;
    private readonly RepoExpectation _expectation;
    private readonly RecordVisitor? _listener;
    private readonly MstCursor _cursor;
    private readonly BlobTable _blobs;
    private readonly CollectionCounts _collections = new();
    private VerifiedCommit? _commit;
    private CarStretch _stretch = new();
    private int _block;
    private bool _inTree;
    private long _blocks, _bytes;

    public PreorderWalk(Cid root, RepoExpectation expectation, RepoLimits limits, RecordVisitor? listener)
    {
        _root = root;
        _expectation = expectation;
        _listener = listener;
        _cursor = new MstCursor(this, limits.MaxTreeHeight);
        _blobs = new BlobTable(limits.MaxBlobs);
    }

    /// <summary>How many records were found, and told to the listener.</summary>
    public long Records { get; private set; }

    /// <summary>Whether the tree is at its end: then one more block would be too many.</summary>
    public bool IsComplete => _inTree && _cursor.Item == MstItem.End;

    /// <summary>What was found; the walk must be complete.</summary>
    public VerifiedSummary Summarize() =>
        new(_commit!, Records, _blocks, _bytes, unreferencedBlocks: 0, CollectionCounts.Sum([_collections]), _blobs);

    /// <summary>Goes on with the blocks of a checked stretch.</summary>
    /// <returns>False when this is no such repository; the walk must not be used again.</returns>
    public bool TryTake(CarStretch stretch)
    {
        _stretch = stretch;
        try
        {
            for (_block = 0; _block < stretch.Count; _block++)
            {
                if (!TryTakeBlock()) return false;
                _blocks++;
                _bytes += stretch.LocationOf(_block).DataLength;
            }
            return true;
        }
        catch (RepoFaultException)
        {
            // Not lost: the way with an index finds it again, and says which of several faults is the first.
            return false;
        }
    }

    private bool TryTakeBlock()
    {
        var cid = _stretch.CidOf(_block);
        var location = _stretch.LocationOf(_block);
        if (_commit is null)
        {
            if (cid != _root || cid.Codec != CidCodec.DagCbor) return false;
            _commit = VerifiedCommit.Verify(cid, _stretch.DataOf(_block), location.DataOffset, _expectation);
        }
        else if (!_inTree)
        {
            if (cid != _commit.Data) return false;
            _inTree = true;
            _cursor.StartAtRoot(cid);
        }
        else if (_cursor.Item == MstItem.End || cid != _cursor.Cid)
        {
            return false;
        }
        else if (_cursor.Item == MstItem.Subtree)
        {
            _cursor.Enter();
        }
        else
        {
            if ((location.Flags & BlockFlags.IsMap) == 0) return false;
            TakeRecord(cid, location);
            _cursor.Advance();
        }
        return true;
    }

    private void TakeRecord(Cid cid, BlockLocation location)
    {
        if ((location.Flags & BlockFlags.HasBlobs) != 0)
        {
            var sink = new PathSink(_blobs, _cursor);
            var notes = _stretch.NotesOf(_block);
            if (notes.IsEmpty) RecordCheck.Read(_stretch.DataOf(_block), location.DataOffset, ref sink);
            else BlobNotes.Tell(notes, ref sink);
        }
        Records++;
        _collections.Add(_cursor.Key[.._cursor.Slash]);
        _listener?.Invoke(_cursor.Key, cid);
    }

    /// <summary>The cursor asks for one node only, whose CID was just compared: that of the current block.</summary>
    void IMstBlocks.Load(Cid cid, MstNode node)
    {
        var data = _stretch.DataOf(_block);
        if (node.Buffer.Length < data.Length) node.Buffer = new byte[Math.Max(data.Length, node.Buffer.Length * 2)];
        data.CopyTo(node.Buffer);
        node.Parse(0, data.Length, _stretch.LocationOf(_block).DataOffset);
    }
}
