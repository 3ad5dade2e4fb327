using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// Goes through a tree of records in key order, one item at a time. An item is a record or a whole subtree, and a subtree may be
/// entered or passed over. Every rule of the tree is checked on the way.
/// </summary>
/// <remarks>
/// <para>Rules: node fields; prefixes as long as possible; record paths well-formed and strictly ascending; every key in the layer
/// that its hash asks for; a child exactly one layer lower; no node that holds nothing; no root without a key unless the tree is
/// empty; the height within limits.</para>
/// <para>The walk has no recursion, and ends: layers fall with each step down, and a subtree that is linked twice repeats a key,
/// which breaks the order. So cyclic links cannot trap it.</para>
/// </remarks>
/// <param name="blocks">Where nodes come from.</param>
/// <param name="maxHeight">The greatest layer allowed.</param>
/// <param name="isVerified">The tree was walked before and its nodes are the same: keys are not judged again.</param>
internal sealed class MstCursor(IMstBlocks blocks, int maxHeight, bool isVerified = false)
{
    private readonly List<Frame> _frames = [];
    private readonly byte[] _last = new byte[MstKey.MaxLength];
    private readonly byte[] _before = new byte[MstKey.MaxLength];
    private int _lastLength, _beforeLength;
    private int _depth;

    public MstItem Item { get; private set; }

    /// <summary>The path of the record; valid while <see cref="Item"/> is a record and the cursor is not moved.</summary>
    public ReadOnlySpan<byte> Key => Top.Key.AsSpan(0, Top.KeyLength);

    /// <summary>The path of the record, as text.</summary>
    public string KeyText() => Text(Key);

    /// <summary>Where the slash stands in <see cref="Key"/>; known only when keys are judged.</summary>
    public int Slash { get; private set; }

    /// <summary>The record, or the root of the subtree.</summary>
    public Cid Cid { get; private set; }

    /// <summary>The layer of the node that the item stands in.</summary>
    public int Layer => Top.Layer;

    /// <summary>Where the node that the item stands in begins in the file.</summary>
    public long Offset => Top.Node.Offset;

    /// <summary>How many nodes were read since the cursor was made.</summary>
    public long NodesRead { get; private set; }

    /// <summary>The last key that was passed; empty before the first.</summary>
    public ReadOnlySpan<byte> LastKey => _last.AsSpan(0, _lastLength);

    private Frame Top => _frames[_depth - 1];

    /// <summary>Enters a whole tree and stands at its first item.</summary>
    public void StartAtRoot(Cid root)
    {
        Reset(default, default);
        Push(root, layer: Frame.UnknownLayer);
        var frame = Top;
        if (frame.Node.Count > 0)
        {
            Settle();
            return;
        }
        if (frame.Node.HasLeft) throw Fault(RepoFault.NodePassThroughRoot, "the root has no keys");
        _depth = 0;
        Item = MstItem.End;
    }

    /// <summary>Enters a subtree on its own, which must lie between two keys.</summary>
    /// <param name="root">The node.</param>
    /// <param name="layer">The layer it must have.</param>
    /// <param name="after">Every key must be greater; empty for no bound.</param>
    /// <param name="before">Every key must be smaller; empty for no bound.</param>
    public void StartAtSubtree(Cid root, int layer, ReadOnlySpan<byte> after, ReadOnlySpan<byte> before)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(layer);
        Reset(after, before);
        Push(root, layer);
        Settle();
    }

    /// <summary>Moves past the item; a subtree is passed over unread.</summary>
    public void Advance()
    {
        Top.Position++;
        Settle();
    }

    /// <summary>Moves to the first item within the subtree.</summary>
    public void Enter()
    {
        var parent = Top;
        if (parent.Layer == 0) throw Fault(RepoFault.NodeLayer, "a subtree below the lowest layer");
        Push(Cid, parent.Layer - 1);
        Settle();
    }

    /// <summary>Moves to the next record, entering every subtree on the way.</summary>
    /// <returns>False at the end of the tree.</returns>
    public bool MoveToRecord()
    {
        while (Item == MstItem.Subtree) Enter();
        return Item == MstItem.Record;
    }

    /// <summary>The first key that comes after the subtree at which the cursor stands.</summary>
    /// <param name="key">Room for <see cref="MstKey.MaxLength"/> bytes.</param>
    /// <param name="length">Bytes of the key; 0 when nothing comes after.</param>
    public void PeekKeyAfterSubtree(Span<byte> key, out int length)
    {
        length = 0;
        for (var depth = _depth - 1; depth >= 0; depth--)
        {
            var frame = _frames[depth];
            var entry = frame.Position >> 1;
            if (entry == frame.Node.Count) continue;
            var prefix = frame.Node.PrefixLength(entry);
            var suffix = frame.Node.Suffix(entry);
            if (prefix > frame.KeyLength || prefix + suffix.Length > MstKey.MaxLength) throw Fault(RepoFault.NodePrefix, "beyond the key before");
            frame.Key.AsSpan(0, prefix).CopyTo(key);
            suffix.CopyTo(key[prefix..]);
            length = prefix + suffix.Length;
            return;
        }
    }

    private void Reset(ReadOnlySpan<byte> after, ReadOnlySpan<byte> before)
    {
        _depth = 0;
        after.CopyTo(_last);
        _lastLength = after.Length;
        before.CopyTo(_before);
        _beforeLength = before.Length;
    }

    private void Push(Cid cid, int layer)
    {
        if (cid.Codec != CidCodec.DagCbor) throw new RepoFaultException(RepoFault.NodeShape, _depth == 0 ? -1 : Offset, "a link to something else than a node");
        if (_frames.Count == _depth) _frames.Add(new Frame());
        var frame = _frames[_depth++];
        frame.Layer = layer;
        frame.Position = 0;
        frame.KeyLength = 0;
        blocks.Load(cid, frame.Node);
        NodesRead++;
        if (layer != Frame.UnknownLayer && frame.Node.Count == 0 && !frame.Node.HasLeft) throw Fault(RepoFault.NodeEmpty, "neither keys nor a subtree");
    }

    /// <summary>From a position that may hold nothing to the next one that holds something.</summary>
    private void Settle()
    {
        while (_depth > 0)
        {
            var frame = Top;
            // Positions alternate: before entry 0, entry 0, between 0 and 1, entry 1, … after the last entry.
            var entry = frame.Position >> 1;
            if ((frame.Position & 1) == 0)
            {
                if (entry == 0 ? frame.Node.HasLeft : frame.Node.HasTree(entry - 1))
                {
                    Cid = entry == 0 ? frame.Node.Left : frame.Node.Tree(entry - 1);
                    Item = MstItem.Subtree;
                    if (frame.Layer == Frame.UnknownLayer) FindRootLayer(frame);
                    return;
                }
                frame.Position++;
            }
            else if (entry < frame.Node.Count)
            {
                if (frame.Layer == Frame.UnknownLayer) FindRootLayer(frame);
                TakeKey(frame, entry);
                Cid = frame.Node.Value(entry);
                Item = MstItem.Record;
                return;
            }
            else
            {
                _depth--;
                if (_depth > 0) Top.Position++;
            }
        }
        Item = MstItem.End;
        if (_beforeLength > 0 && LastKey.SequenceCompareTo(_before.AsSpan(0, _beforeLength)) >= 0)
        {
            throw new RepoFaultException(RepoFault.NodeKeyOrder, _frames[0].Node.Offset, "a subtree reaches beyond the key after it");
        }
    }

    /// <summary>Nothing says in which layer the root is but its keys; that they all agree is seen when they are reached.</summary>
    private void FindRootLayer(Frame frame)
    {
        frame.Layer = MstKey.Layer(frame.Node.Suffix(0));
        if (frame.Layer > maxHeight) throw Fault(RepoFault.TreeDepth, $"the root is in layer {frame.Layer}");
    }

    private void TakeKey(Frame frame, int entry)
    {
        var prefix = frame.Node.PrefixLength(entry);
        var suffix = frame.Node.Suffix(entry);
        var previousLength = frame.KeyLength;
        if (prefix > previousLength) throw Fault(RepoFault.NodePrefix, $"a prefix of {prefix} bytes, {previousLength} before it");
        if (prefix + suffix.Length > MstKey.MaxLength) throw Fault(RepoFault.NodeKeySyntax, $"a path of {prefix + suffix.Length} bytes");
        if (prefix < previousLength && suffix.Length > 0 && suffix[0] == frame.Key[prefix])
        {
            throw Fault(RepoFault.NodePrefix, "shorter than the common part");
        }
        suffix.CopyTo(frame.Key.AsSpan(prefix));
        frame.KeyLength = prefix + suffix.Length;
        var key = frame.Key.AsSpan(0, frame.KeyLength);
        if (!isVerified) Check(key, prefix, frame);
        key.CopyTo(_last);
        _lastLength = key.Length;
    }

    /// <param name="prefix">So much of it is that of the key before it in the node, which was judged.</param>
    private void Check(ReadOnlySpan<byte> key, int prefix, Frame frame)
    {
        Slash = frame.Slash = MstKey.FindSlash(key, prefix, frame.Slash);
        if (Slash < 0) throw Fault(RepoFault.NodeKeySyntax, $"a path of {key.Length} bytes");
        var order = LastKey.SequenceCompareTo(key);
        if (order == 0) throw Fault(RepoFault.NodeKeyDuplicate, Text(key));
        if (order > 0) throw Fault(RepoFault.NodeKeyOrder, Text(key));
        var layer = MstKey.Layer(key);
        if (layer != frame.Layer) throw Fault(RepoFault.NodeLayer, $"{Text(key)} belongs in layer {layer}, is in {frame.Layer}");
    }

    private static string Text(ReadOnlySpan<byte> key) => System.Text.Encoding.ASCII.GetString(key);

    private RepoFaultException Fault(RepoFault fault, string detail) => new(fault, Offset, detail);

    private sealed class Frame
    {
        public const int UnknownLayer = -1;

        public readonly MstNode Node = new();
        public readonly byte[] Key = new byte[MstKey.MaxLength];
        public int KeyLength;
        public int Layer;
        public int Position;
        public int Slash;
    }
}
