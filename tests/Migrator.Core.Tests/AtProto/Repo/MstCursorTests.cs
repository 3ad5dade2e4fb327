using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Repo;

/// <summary>Every rule of the tree, each broken by a tree made by hand.</summary>
public class MstCursorTests
{
    private static readonly string A0 = TestTree.KeyIn(0, "a"), B0 = TestTree.KeyIn(0, "b"), C0 = TestTree.KeyIn(0, "c");
    private static readonly string B1 = TestTree.KeyIn(1, "b"), B2 = TestTree.KeyIn(2, "b");

    private readonly TestTree _tree = new();

    [Fact]
    public void The_empty_tree_has_no_records() => Assert.Empty(_tree.Walk(_tree.Node(null)));

    [Fact]
    public void Records_come_in_key_order_through_both_sides_of_a_key()
    {
        var root = _tree.Node(_tree.Keys(A0), (0, B1, _tree.Keys(C0), TestTree.Leaf));
        Assert.Equal([A0, B1, C0], _tree.Walk(root));
    }

    [Fact]
    public void A_node_without_keys_may_bridge_layers()
    {
        var bridge = _tree.Node(_tree.Keys(A0));
        Assert.Equal([A0, B2], _tree.Walk(_tree.Node(bridge, (0, B2, null, TestTree.Leaf))));
    }

    [Fact]
    public void A_layer_that_is_left_out_is_refused() =>
        Assert.Equal(RepoFault.NodeLayer, _tree.FaultOf(_tree.Node(_tree.Keys(A0), (0, B2, null, TestTree.Leaf))));

    [Fact]
    public void A_layer_too_many_is_refused()
    {
        var bridge = _tree.Node(_tree.Keys(A0));
        Assert.Equal(RepoFault.NodeLayer, _tree.FaultOf(_tree.Node(bridge, (0, B1, null, TestTree.Leaf))));
    }

    [Fact]
    public void A_key_beside_one_of_another_layer_is_refused() =>
        Assert.Equal(RepoFault.NodeLayer, _tree.FaultOf(_tree.Keys(A0, B1)));

    [Fact]
    public void A_subtree_below_the_lowest_layer_is_refused() =>
        Assert.Equal(RepoFault.NodeLayer, _tree.FaultOf(_tree.Node(_tree.Keys(A0), (0, B0, null, TestTree.Leaf))));

    [Fact]
    public void Keys_out_of_order_are_refused()
    {
        Assert.Equal(RepoFault.NodeKeyOrder, _tree.FaultOf(_tree.Keys(B0, A0)));
        Assert.Equal(RepoFault.NodeKeyOrder, _tree.FaultOf(_tree.Node(_tree.Keys(C0), (0, B1, null, TestTree.Leaf))));
        Assert.Equal(RepoFault.NodeKeyOrder, _tree.FaultOf(_tree.Node(null, (0, B1, _tree.Keys(A0), TestTree.Leaf))));
    }

    [Fact]
    public void A_key_twice_is_refused() => Assert.Equal(RepoFault.NodeKeyDuplicate, _tree.FaultOf(_tree.Keys(A0, A0)));

    [Fact]
    public void A_subtree_that_is_linked_twice_is_refused()
    {
        var same = _tree.Keys(A0);
        Assert.Equal(RepoFault.NodeKeyOrder, _tree.FaultOf(_tree.Node(same, (0, B1, same, TestTree.Leaf))));
    }

    [Fact]
    public void A_prefix_shorter_than_the_common_part_is_refused() =>
        Assert.Equal(RepoFault.NodePrefix, _tree.FaultOf(_tree.Node(null, (0, A0, null, TestTree.Leaf), (1, B0[1..], null, TestTree.Leaf))));

    [Fact]
    public void A_prefix_longer_than_the_key_before_is_refused() =>
        Assert.Equal(RepoFault.NodePrefix, _tree.FaultOf(_tree.Node(null, (0, A0, null, TestTree.Leaf), (A0.Length + 1, "x", null, TestTree.Leaf))));

    [Fact]
    public void A_prefix_on_the_first_key_of_a_node_is_refused() =>
        Assert.Equal(RepoFault.NodePrefix, _tree.FaultOf(_tree.Node(null, (1, A0, null, TestTree.Leaf))));

    [Fact]
    public void A_negative_or_huge_prefix_is_refused()
    {
        foreach (var prefix in new[] { -1, 1025, int.MaxValue })
        {
            Assert.Equal(RepoFault.NodePrefix, _tree.FaultOf(_tree.Node(null, (0, A0, null, TestTree.Leaf), (prefix, "x", null, TestTree.Leaf))));
        }
    }

    [Fact]
    public void The_prefix_of_a_node_does_not_reach_into_another_node()
    {
        // The child's first key would need its parent's key to be whole.
        var child = _tree.Node(null, (2, C0[2..], null, TestTree.Leaf));
        Assert.Equal(RepoFault.NodePrefix, _tree.FaultOf(_tree.Node(null, (0, B1, child, TestTree.Leaf))));
    }

    [Fact]
    public void A_node_that_holds_nothing_is_refused() =>
        Assert.Equal(RepoFault.NodeEmpty, _tree.FaultOf(_tree.Node(_tree.Node(null), (0, B1, null, TestTree.Leaf))));

    [Fact]
    public void A_root_that_only_links_on_is_refused() =>
        Assert.Equal(RepoFault.NodePassThroughRoot, _tree.FaultOf(_tree.Node(_tree.Keys(A0))));

    [Theory]
    [InlineData("noslash")]
    [InlineData("a/b/c")]
    [InlineData("/abc")]
    [InlineData("abc/")]
    [InlineData("a/.")]
    [InlineData("a/..")]
    [InlineData("a/b c")]
    [InlineData("a/é")]
    [InlineData("a/b\0")]
    [InlineData("a/b#c")]
    [InlineData("a/b+c")]
    [InlineData("")]
    public void A_key_that_is_no_record_path_is_refused(string key)
    {
        Assert.Equal(-1, MstKey.FindSlash(System.Text.Encoding.UTF8.GetBytes(key)));
        Assert.Equal(RepoFault.NodeKeySyntax, _tree.FaultOf(_tree.Node(null, (0, key, null, TestTree.Leaf))));
    }

    [Fact]
    public void The_longest_key_is_read_and_a_longer_one_is_refused()
    {
        var key = new string('c', 511) + "/" + new string('k', 512);
        Assert.Equal([key], _tree.Walk(_tree.Keys(key)));
        Assert.Equal(RepoFault.NodeKeySyntax, _tree.FaultOf(_tree.Keys("c" + key)));
        Assert.Equal(RepoFault.NodeKeySyntax, _tree.FaultOf(_tree.Keys("c/" + new string('k', 513))));
        // Too long only together with its prefix.
        Assert.Equal(RepoFault.NodeKeySyntax, _tree.FaultOf(_tree.Node(null, (0, key, null, TestTree.Leaf), (1024, "k", null, TestTree.Leaf))));
    }

    [Fact]
    public void A_tree_higher_than_allowed_is_refused()
    {
        var root = _tree.Node(_tree.Node(_tree.Keys(A0)), (0, B2, null, TestTree.Leaf));
        Assert.Null(_tree.FaultOf(root, maxHeight: 2));
        Assert.Equal(RepoFault.TreeDepth, _tree.FaultOf(root, maxHeight: 1));
    }

    [Fact]
    public void A_missing_node_is_a_fault() =>
        Assert.Equal(RepoFault.BlockMissing, _tree.FaultOf(_tree.Node(Cid.ForDagCbor([1]), (0, B1, null, TestTree.Leaf))));

    [Fact]
    public void A_link_that_says_it_is_no_node_is_a_fault() =>
        Assert.Equal(RepoFault.NodeShape, _tree.FaultOf(_tree.Node(Cid.ForRaw([1]), (0, B1, null, TestTree.Leaf))));

    [Theory]
    [InlineData("a0")]
    [InlineData("80")]
    [InlineData("f6")]
    [InlineData("a1616580")] // no l
    [InlineData("a1616cf6")] // no e
    [InlineData("a3616580616cf6617800")] // a field too many
    [InlineData("a2616580616df6")] // m instead of l
    [InlineData("a261658100616cf6")] // an entry that is a number
    [InlineData("a2616581a0616cf6")] // an entry without fields
    [InlineData("a2616581a4616b4161616f00617400617600616cf6")] // o instead of p
    public void A_block_that_is_no_node_is_refused(string hex) =>
        Assert.Equal(RepoFault.NodeShape, _tree.FaultOf(_tree.Block(Convert.FromHexString(hex))));

    [Theory]
    [InlineData("a261656161616cf6")] // e is text
    [InlineData("a2616580616c00")] // l is a number
    [InlineData("a2616580616cf600")] // a byte too many
    [InlineData("a2616cf6616580")] // fields in the wrong order
    public void A_node_with_a_malformed_field_is_refused(string hex) => Assert.NotNull(_tree.FaultOf(_tree.Block(Convert.FromHexString(hex))));

    [Fact]
    public void A_link_whose_bytes_look_like_no_left_subtree_is_still_a_link()
    {
        // The last bytes of a node without a left subtree are 6c f6. One CID in 65536 ends so too: make such a child.
        Span<byte> digest = stackalloc byte[Cid.DigestLength];
        Cid child;
        var number = 0;
        do
        {
            BitConverter.TryWriteBytes(digest, number++);
            child = new TestTree().Node(null, (0, A0, null, Cid.FromDigest(CidCodec.DagCbor, digest)));
        }
        while (child.ToByteArray() is not [.., 0x6c, 0xf6]);
        Assert.Equal(child, _tree.Node(null, (0, A0, null, Cid.FromDigest(CidCodec.DagCbor, digest))));
        Assert.Equal([A0, B1], _tree.Walk(_tree.Node(child, (0, B1, null, TestTree.Leaf))));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(6)]
    public void Links_that_go_in_a_circle_do_not_trap_the_walk(int layer)
    {
        // Real hashes cannot make a circle; a store that answers every link with the same node can.
        var key = TestTree.KeyIn(layer, "a");
        var cursor = new MstCursor(new Circle(_tree.Node(Cid.ForDagCbor([2]), (0, key, Cid.ForDagCbor([3]), TestTree.Leaf)), _tree), 32);
        var fault = Assert.Throws<RepoFaultException>(() =>
        {
            cursor.StartAtRoot(TestTree.Leaf);
            while (cursor.MoveToRecord()) cursor.Advance();
        });
        Assert.Equal(RepoFault.NodeLayer, fault.Fault);
        Assert.InRange(cursor.NodesRead, 1, layer + 1);
    }

    [Fact]
    public void Bridges_that_go_in_a_circle_do_not_trap_the_walk()
    {
        var bridge = _tree.Node(Cid.ForDagCbor([2]));
        var key = TestTree.KeyIn(6, "a");
        var root = _tree.Node(bridge, (0, key, null, TestTree.Leaf));
        var cursor = new MstCursor(new Circle(bridge, _tree) { Except = root }, 32);
        var fault = Assert.Throws<RepoFaultException>(() =>
        {
            cursor.StartAtRoot(root);
            cursor.MoveToRecord();
        });
        Assert.Equal(RepoFault.NodeLayer, fault.Fault);
        Assert.Equal(7, cursor.NodesRead);
    }

    [Fact]
    public void A_subtree_is_held_to_the_keys_around_it()
    {
        var child = _tree.Keys(A0, B0, C0);
        Assert.Equal(3, Count("c/a", "c/d"));
        Assert.Equal(3, Count("", ""));
        Assert.Equal(RepoFault.NodeKeyDuplicate, Assert.Throws<RepoFaultException>(() => Count(A0, "")).Fault);
        Assert.Equal(RepoFault.NodeKeyOrder, Assert.Throws<RepoFaultException>(() => Count("", C0)).Fault);
        Assert.Equal(RepoFault.NodeKeyOrder, Assert.Throws<RepoFaultException>(() => Count("", B0)).Fault);

        int Count(string after, string before)
        {
            var cursor = new MstCursor(_tree, 32);
            cursor.StartAtSubtree(child, 0, System.Text.Encoding.ASCII.GetBytes(after), System.Text.Encoding.ASCII.GetBytes(before));
            var count = 0;
            for (; cursor.MoveToRecord(); cursor.Advance()) count++;
            return count;
        }
    }

    private sealed class Circle(Cid answer, TestTree tree) : IMstBlocks
    {
        public Cid Except { get; init; }

        public void Load(Cid cid, MstNode node) => tree.Load(cid == Except ? cid : answer, node);
    }
}
