using FsCheck;
using FsCheck.Fluent;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Repo;

public class MstSeekTests
{
    [Fact]
    public void It_stands_where_a_search_of_the_sorted_list_stands() =>
        Prop.ForAll(MstBuilderTests.Records.ToArbitrary(), records =>
        {
            var tree = new TestTree().With(records, out var root);
            foreach (var path in (string[])["", "~", "a/", .. records.Take(20).SelectMany(r => (string[])[r.Path, r.Path + "\0", r.Path[..^1]])])
            {
                var expected = records.Select(r => r.Path).FirstOrDefault(key => string.CompareOrdinal(key, path) >= 0);
                var cursor = tree.Open(root);
                Assert.Equal(expected is not null, cursor.MoveToRecordFrom(System.Text.Encoding.UTF8.GetBytes(path)));
                if (expected is not null) Assert.Equal(expected, cursor.KeyText());
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(100));

    [Fact]
    public void Anywhere_among_a_hundred_thousand_records_only_the_way_down_is_read()
    {
        RepoRecord[] records = [.. Enumerable.Range(0, 100_000).Select(i => new RepoRecord($"app.bsky.feed.post/{i:d10}", TestTree.Leaf))];
        var tree = new TestTree().With(records, out var root);
        var height = tree.Open(root).Layer + 1;
        for (var i = 0; i < records.Length; i += 997)
        {
            var cursor = tree.Open(root);
            Assert.True(cursor.MoveToRecordFrom(System.Text.Encoding.UTF8.GetBytes(records[i].Path)));
            Assert.Equal(records[i].Path, cursor.KeyText());
            Assert.InRange(cursor.NodesRead, 1, height);
        }

        // Page after page, all of them, once each.
        var (seen, nodes, after) = (0, 0L, "");
        while (true)
        {
            var cursor = tree.Open(root);
            var page = 0;
            for (var found = cursor.MoveToRecordFrom(System.Text.Encoding.UTF8.GetBytes(after)); found && page < 500; found = cursor.MoveToRecord(), page++)
            {
                Assert.Equal(records[seen++].Path, cursor.KeyText());
                after = cursor.KeyText() + "\0";
                cursor.Advance();
            }
            nodes += cursor.NodesRead;
            if (page < 500) break;
        }
        Assert.Equal(records.Length, seen);
        Assert.InRange(nodes, 1, 2L * tree.Nodes.Count);
    }
}
