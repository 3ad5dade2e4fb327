using FsCheck;
using FsCheck.Fluent;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Repo;

public class MstBuilderTests
{
    /// <summary>Sets of records whose paths share much, little or nothing, with contents that repeat.</summary>
    internal static Gen<RepoRecord[]> Records { get; } =
        Gen.Choose(0, 120).SelectMany(count => Record().ArrayOf(count)).Select(records =>
            records.GroupBy(r => r.Path).Select(g => g.First()).OrderBy(r => r.Path, StringComparer.Ordinal).ToArray());

    [Fact]
    public void What_is_built_is_walked_again_for_any_set_of_records() =>
        Prop.ForAll(Records.ToArbitrary(), records =>
        {
            var tree = new TestTree().With(records, out var root);
            return tree.Walk(root).SequenceEqual(records.Select(r => r.Path)) && MstBuilder.RootOf(records) == root;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void The_empty_tree_has_its_known_root() =>
        Assert.Equal("bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm", MstBuilder.RootOf([]).ToString());

    [Fact]
    public void A_parent_is_given_out_after_its_children_and_the_root_last()
    {
        var seen = new HashSet<Cid>();
        var last = default(Cid);
        var node = new MstNode();
        var builder = new MstBuilder((cid, data) =>
        {
            data.CopyTo(node.Buffer, 0);
            node.Parse(0, data.Length, 0);
            if (node.HasLeft) Assert.Contains(node.Left, seen);
            for (var i = 0; i < node.Count; i++) Assert.True(!node.HasTree(i) || seen.Contains(node.Tree(i)));
            Assert.True(seen.Add(cid));
            last = cid;
        });
        for (var i = 0; i < 500; i++) builder.Add($"c/{i:d5}", TestTree.Leaf);
        Assert.Equal(builder.Finish(), last);
        Assert.True(seen.Count > 50);
    }

    [Theory]
    [InlineData("noslash")]
    [InlineData("a/b/c")]
    [InlineData("a/é")]
    public void A_malformed_path_is_our_own_mistake(string path) =>
        Assert.Throws<ArgumentException>(() => new MstBuilder().Add(path, TestTree.Leaf));

    [Fact]
    public void Paths_out_of_order_are_our_own_mistake()
    {
        var builder = new MstBuilder();
        builder.Add("a/b", TestTree.Leaf);
        Assert.Throws<ArgumentException>(() => builder.Add("a/b", TestTree.Leaf));
        Assert.Throws<ArgumentException>(() => builder.Add("a/a", TestTree.Leaf));
    }

    private static Gen<RepoRecord> Record() =>
        from collection in Gen.Elements("a", "app.bsky.feed.post", "app.bsky.feed.like", "com.example." + new string('x', 300))
        from key in Gen.OneOf(
            Gen.Choose(0, 300).Select(n => $"{n:d4}"),
            Gen.Choose(0, 300).Select(n => new string('0', 400) + n),
            Gen.Choose(0, 1_000_000).Select(n => $"~{n:x}_-:."))
        from content in Gen.Choose(0, 40)
        select new RepoRecord($"{collection}/{key}", Cid.ForDagCbor([(byte)content]));
}
