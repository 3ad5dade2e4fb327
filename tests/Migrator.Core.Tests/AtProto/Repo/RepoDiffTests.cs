using FsCheck;
using FsCheck.Fluent;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Repo;

public class RepoDiffTests : TestRepos
{
    [Fact]
    public void It_finds_what_comparing_the_lists_finds_for_any_two_sets() =>
        Prop.ForAll(MstBuilderTests.Records.ToArbitrary(), MstBuilderTests.Records.ToArbitrary(), (first, second) =>
        {
            AssertAsNaive(first, second);
            // Mostly equal sets exercise the shared subtrees.
            AssertAsNaive(first, [.. first.Where((_, i) => i % 17 != 3).Union(second.Take(3)).DistinctBy(r => r.Path).OrderBy(r => r.Path, StringComparer.Ordinal)]);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(150));

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(40)]
    public void Work_follows_the_number_of_changes_and_not_of_records(int changes)
    {
        var random = new Random(5);
        var records = new SortedDictionary<string, Cid>(StringComparer.Ordinal);
        for (var i = 0; i < 20_000; i++) records[$"c/{random.Next():d10}"] = TestTree.Leaf;
        var first = List(records);
        var paths = records.Keys.ToArray();
        for (var i = 0; i < changes; i++)
        {
            var path = paths[random.Next(paths.Length)];
            if (i % 3 == 0) records.Remove(path);
            else if (i % 3 == 1) records[path] = Cid.ForDagCbor([(byte)i]);
            else records[$"c/{random.Next():d10}"] = TestTree.Leaf;
        }
        var second = List(records);
        var tree = new TestTree().With(first, out var a).With(second, out var b);
        var height = tree.Open(a).Layer + 1;
        var difference = AssertAsNaive(first, second);
        Assert.InRange(difference.NodesRead, 1, 2L * changes * height + 2);

        static RepoRecord[] List(SortedDictionary<string, Cid> of) => [.. of.Select(r => new RepoRecord(r.Key, r.Value))];
    }

    [Fact]
    public async Task Equal_repositories_are_equal_without_reading_a_node()
    {
        using var first = await Verify(Sample().Build());
        using var second = await Verify(Sample().Build());
        var difference = RepoDiff.Compare(first, second);
        Assert.True(difference.IsEmpty);
        Assert.Equal(0, difference.NodesRead);
    }

    [Fact]
    public async Task Missing_extra_and_changed_records_are_told_apart()
    {
        var builder = Sample().PutText("a.b.c/changed", "one").PutText("a.b.c/missing", "one");
        using var first = await Verify(builder.Build());
        builder.PutText("a.b.c/changed", "two").PutText("a.b.c/extra", "one").Delete("a.b.c/missing");
        using var second = await Verify(builder.Build());
        var difference = RepoDiff.Compare(first, second);
        Assert.Equal("a.b.c/missing", Assert.Single(difference.Missing).Path);
        Assert.Equal("a.b.c/extra", Assert.Single(difference.Extra).Path);
        var change = Assert.Single(difference.Changed);
        Assert.Equal("a.b.c/changed", change.Path);
        Assert.Contains("one", System.Text.Encoding.UTF8.GetString(first.ReadRecord(change.First)));
        Assert.Contains("two", System.Text.Encoding.UTF8.GetString(second.ReadRecord(change.Second)));
        Assert.False(difference.IsEmpty);
    }

    private static RepoDifference AssertAsNaive(RepoRecord[] first, RepoRecord[] second)
    {
        var tree = new TestTree().With(first, out var a).With(second, out var b);
        var found = new RepoDiff.Comparison(tree.Open(a), tree.Open(b)).Run();
        var (left, right) = (first.ToDictionary(r => r.Path, r => r.Cid), second.ToDictionary(r => r.Path, r => r.Cid));
        Assert.Equal(first.Where(r => !right.ContainsKey(r.Path)), found.Missing);
        Assert.Equal(second.Where(r => !left.ContainsKey(r.Path)), found.Extra);
        Assert.Equal(
            first.Where(r => right.TryGetValue(r.Path, out var cid) && cid != r.Cid).Select(r => new RecordChange(r.Path, r.Cid, right[r.Path])),
            found.Changed);
        return found;
    }
}
