using System.Text.Json;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Testing.Network;
using Migrator.Testing.Repos;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Repo;

/// <summary>
/// The reference implementation (npm <c>@atproto/repo</c>), one by other authors (npm <c>@atcute/*</c>) and this one must agree on every
/// shape of tree that is hard: they read what we build, and we read what they build, by adding keys one by one and by deleting some again.
/// </summary>
public class RepoReferenceTests : TestRepos
{
    private const int Seed = 20261122;

    [Theory]
    [InlineData(".")]
    [InlineData("atcute")]
    public async Task We_read_what_others_build(string package)
    {
        var cancel = TestContext.Current.CancellationToken;
        var shapes = Shapes();
        var made = await RunAsync(package, "make", Save(JsonSerializer.SerializeToUtf8Bytes(shapes, JsonSerializerOptions.Web)), Folder);
        var expected = new RepoExpectation(
            Did.Parse(made.GetProperty("did").GetString()), [PublicKey.ParseDidKey(made.GetProperty("key").GetString()!)]);
        Assert.Equal(shapes.Count, made.GetProperty("shapes").GetArrayLength());
        foreach (var shape in made.GetProperty("shapes").EnumerateArray())
        {
            var file = Path.Combine(Folder, $"{shape.GetProperty("name")}.car");
            using var repo = await RepoVerifier.VerifyFilesAsync([file], expected, cancel: cancel);
            Assert.Equal(shape.GetProperty("head").GetString(), repo.Commit.Cid.ToString());
            Assert.Equal(Records(shape), repo.EnumerateRecords());
            Assert.Equal(shape.GetProperty("data").GetString(), MstBuilder.RootOf(repo.EnumerateRecords()).ToString());
            Assert.Equal(shape.GetProperty("blocks").GetInt64(), repo.Blocks);
            var added = shapes.Single(s => s.Name == shape.GetProperty("name").GetString()).Add.ToList();
            Assert.All(repo.EnumerateRecords(), record => Assert.Equal(Cid.ForDagCbor(Content(added.IndexOf(record.Path))), record.Cid));
            Assert.Equal(0, repo.UnreferencedBlocks);
        }
    }

    [Theory]
    [InlineData(".")]
    [InlineData("atcute")]
    public async Task Others_read_what_we_build(string package)
    {
        var built = Shapes().Select(Build).ToList();
        List<string> files = [.. built.Select(b => Save(b.ToCar(BlockOrder.Shuffled, Seed)))];
        var read = await RunAsync(package, ["read", Account.ToString(), Key.PublicKey.DidKey, .. files]);
        var repos = read.GetProperty("repos").EnumerateArray().ToList();
        Assert.Equal(built.Count, repos.Count);
        foreach (var (ours, theirs) in built.Zip(repos))
        {
            Assert.Equal(ours.Commit.ToString(), theirs.GetProperty("head").GetString());
            Assert.Equal(ours.Records, Records(theirs).OrderBy(r => r.Path, StringComparer.Ordinal));
        }
    }

    /// <param name="package">The folder within <c>tests/network</c> whose packages judge.</param>
    private static async Task<JsonElement> RunAsync(string package, params string[] arguments)
    {
        if (!NodePackage.IsInstalled || !Directory.Exists(Path.Combine(NodePackage.Folder, package, "node_modules")))
            Assert.Skip("The packages of tests/network are not installed: run tests/network/install.sh.");
        return await NodeProcess.RunAsync(Path.Combine(package, "repo-reference.mjs"), arguments, TestContext.Current.CancellationToken);
    }

    private static List<Shape> Shapes()
    {
        var random = new Random(Seed);
        var ladder = Enumerable.Range(0, 8).Select(layer => TestTree.KeyIn(layer)).ToList();
        List<string> posts = [.. Enumerable.Range(0, 400).Select(i => $"app.bsky.feed.post/{i:d6}")];
        var sparse = TestTree.KeyIn(5, "m");
        return
        [
            new("empty", [], []),
            new("emptied", posts[..50], posts[..50]),
            new("one-record", ["a.b.c/1"], []),
            new("one-record-in-a-high-layer", [sparse], []),
            new("a-key-of-every-height", ladder, []),
            new("heights-with-gaps", [ladder[0], ladder[3], ladder[7]], []),
            new("a-high-key-and-low-ones-on-both-sides", [TestTree.KeyIn(0, "a"), sparse, TestTree.KeyIn(0, "z")], []),
            new("long-shared-prefixes", [.. Enumerable.Range(0, 120).Select(i => $"com.example.thing/{new string('x', 400)}{i}")], []),
            new("longest-keys", [.. Enumerable.Range(0, 20).Select(i => $"{new string('c', 511)}/{new string('k', 509)}{i:d3}")], []),
            new("keys-that-begin-others", [.. Enumerable.Range(1, 60).Select(i => "c/" + new string('a', i))], []),
            new("every-character", [.. "abzABZ059_~-:.".Select(c => $"c/{c}a{c}"), "c/~", "c/-", "c/_", "c/:"], []),
            new("many", posts, []),
            new("deletions-leave-bridges", [.. ladder, .. posts], posts),
            new("deletions-of-the-high-keys", [.. ladder, .. posts], ladder[2..]),
            new("deletions-of-the-middle", [.. ladder, .. posts], [.. ladder[1..6], .. posts[40..360]]),
            .. Enumerable.Range(0, 8).Select(i => Mixed(random, i)),
        ];
    }

    private static Shape Mixed(Random random, int number)
    {
        List<string> add = [.. Enumerable.Range(0, random.Next(20, 300)).Select(_ => $"c{random.Next(3)}.d.e/{random.Next(100_000):x}").Distinct()];
        return new Shape($"mixed-{number}", add, [.. add.Where(_ => random.Next(3) == 0)]);
    }

    private static BuiltRepo Build(Shape shape)
    {
        var builder = Builder();
        for (var i = 0; i < shape.Add.Count; i++) builder.Put(shape.Add[i], Content(i));
        foreach (var path in shape.Delete) builder.Delete(path);
        return builder.Build();
    }

    /// <summary>The number of the record, and one value of every type; the script makes the same.</summary>
    private static byte[] Content(int number)
    {
        var writer = new DagCborWriter();
        writer.BeginMap();
        writer.WriteKey("n");
        writer.WriteInteger(number);
        writer.WriteKey("all");
        writer.BeginArray();
        writer.WriteBoolean(true);
        writer.WriteBoolean(false);
        writer.WriteNull();
        writer.BeginArray();
        foreach (var integer in new[] { number, -1 - number, (1L << 53) - 1, 1 - (1L << 53) }) writer.WriteInteger(integer);
        writer.EndArray();
        writer.WriteText("é 🌲");
        writer.WriteBytes([0, (byte)number]);
        writer.WriteLink(Cid.ForDagCbor([0xa0]));
        writer.BeginArray();
        writer.EndArray();
        writer.BeginMap();
        writer.EndMap();
        writer.BeginMap();
        writer.WriteKey("");
        writer.WriteInteger(0);
        writer.WriteKey("b");
        writer.BeginArray();
        writer.BeginArray();
        writer.WriteInteger(1);
        writer.EndArray();
        writer.EndArray();
        writer.WriteKey("aa");
        writer.WriteInteger(2);
        writer.EndMap();
        writer.EndArray();
        writer.EndMap();
        return writer.ToArray();
    }

    private static IEnumerable<RepoRecord> Records(JsonElement repo) =>
        repo.GetProperty("records").EnumerateArray().Select(r => new RepoRecord(r[0].GetString()!, Cid.Parse(r[1].GetString()!)));

    private sealed record Shape(string Name, IReadOnlyList<string> Add, IReadOnlyList<string> Delete);
}
