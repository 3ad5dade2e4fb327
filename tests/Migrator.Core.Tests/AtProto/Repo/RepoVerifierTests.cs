using Migrator.Core.AtProto.Car;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Testing.Repos;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Repo;

/// <summary>What a good repository may look like on disk, and what comes out of it.</summary>
public class RepoVerifierTests : TestRepos
{
    [Theory]
    [InlineData(BlockOrder.RootFirst)]
    [InlineData(BlockOrder.ByCid)]
    [InlineData(BlockOrder.Shuffled)]
    public async Task Blocks_may_come_in_any_order(BlockOrder order)
    {
        var repo = Sample(3000).Build();
        using var verified = await Verify(repo.ToCar(order, seed: 3));
        Assert.Equal(repo.Records, verified.EnumerateRecords());
        var visited = new List<RepoRecord>();
        verified.VisitRecords((path, cid) => visited.Add(new RepoRecord(System.Text.Encoding.ASCII.GetString(path), cid)));
        Assert.Equal(repo.Records, visited);
        Assert.Equal(3000, verified.Records);
        Assert.Equal(repo.Data, verified.Commit.Data);
        Assert.Equal(repo.Commit, verified.Commit.Cid);
        Assert.Equal(repo.Blocks.Count, verified.Blocks);
        Assert.Equal(repo.Blocks.Sum(b => (long)b.Data.Length), verified.Bytes);
        Assert.Equal(0, verified.UnreferencedBlocks);
        Assert.Equal(repo.Records.CountBy(r => r.Path[..r.Path.IndexOf('/')]).ToDictionary(c => c.Key, c => (long)c.Value), verified.RecordsByCollection);
    }

    [Fact]
    public void Collections_are_told_in_the_order_of_their_names_whichever_part_of_the_tree_was_counted_first()
    {
        var sum = CollectionCounts.Sum([Part("c.c.c", "c.c.c"), Part("a.a.a", "b.b.b", "c.c.c")]);
        Assert.Equal([new("a.a.a", 1), new("b.b.b", 1), new("c.c.c", 3)], sum.AsEnumerable());

        static CollectionCounts Part(params string[] collections)
        {
            var part = new CollectionCounts();
            foreach (var name in collections) part.Add(System.Text.Encoding.ASCII.GetBytes(name));
            return part;
        }
    }

    [Fact]
    public async Task The_empty_repository_is_one()
    {
        using var verified = await Verify(Builder().Build());
        Assert.Empty(verified.EnumerateRecords());
        Assert.Empty(verified.Blobs);
        Assert.Empty(verified.RecordsByCollection);
        Assert.Equal(2, verified.Blocks);
    }

    [Fact]
    public async Task Blocks_that_come_twice_or_belong_to_nothing_do_not_matter()
    {
        var repo = Sample().Build();
        byte[] stray = [0xff], strayRaw = [1, 2, 3];
        using var verified = await Verify(Car(repo, [
            .. repo.Blocks, .. repo.Blocks, (Cid.ForDagCbor(stray), stray), (Cid.ForRaw(strayRaw), strayRaw), (Cid.ForRaw([]), [])]));
        Assert.Equal(repo.Records, verified.EnumerateRecords());
        Assert.Equal(repo.Blocks.Count, verified.Blocks);
        Assert.Equal(3, verified.UnreferencedBlocks);
    }

    [Fact]
    public async Task Two_records_with_the_same_content_share_a_block()
    {
        var repo = Builder().PutText("a.b.c/1", "x").PutText("a.b.c/2", "x").Build();
        using var verified = await Verify(repo);
        Assert.Equal(2, verified.Records);
        Assert.Equal(3, verified.Blocks);
    }

    [Fact]
    public async Task Records_are_read_back_byte_for_byte()
    {
        var repo = Sample().Build();
        using var verified = await Verify(repo);
        var data = repo.Blocks.ToDictionary(b => b.Cid, b => b.Data);
        foreach (var record in verified.EnumerateRecords()) Assert.Equal(data[record.Cid], verified.ReadRecord(record.Cid));
        Assert.Throws<KeyNotFoundException>(() => verified.ReadRecord(Cid.ForDagCbor([0x18])));
    }

    [Fact]
    public async Task Deltas_are_laid_over_the_full_export_in_order()
    {
        var builder = Sample(200);
        var first = builder.Build();
        builder.Rev = Tid.Parse("3n2v7yvgw5k3g");
        builder.PutText("a.b.c/1", "one").Delete(first.Records[150].Path);
        var second = builder.Build();
        builder.Rev = Tid.Parse("3n2v7yvgw5k4g");
        var third = builder.PutText("a.b.c/1", "two").Build();

        using var verified = await Verify(first.ToCar(), second.ToDelta(first), third.ToDelta(second));
        Assert.Equal(third.Commit, verified.Commit.Cid);
        Assert.Equal(third.Records, verified.EnumerateRecords());
        Assert.True(verified.UnreferencedBlocks > 0);
        Assert.Equal(RepoFault.BlockMissing, await FaultOf(first.ToCar(), third.ToDelta(second)));
        Assert.Equal(RepoFault.CommitMissing, await FaultOf(second.ToDelta(first), first.ToDelta(first)));
    }

    [Fact]
    public async Task A_delta_that_holds_only_a_header_leaves_the_full_export_as_it_is()
    {
        var repo = Sample().Build();
        using var verified = await Verify(repo.ToCar(), repo.ToDelta(repo));
        Assert.Equal(repo.Commit, verified.Commit.Cid);
    }

    [Fact]
    public async Task The_full_CAR_that_is_written_has_exactly_the_blocks_that_belong()
    {
        var builder = Sample(500);
        var first = builder.Build();
        builder.PutText("a.b.c/1", "same").PutText("a.b.c/2", "same").Delete(first.Records[3].Path);
        var second = builder.Build();
        using var verified = await Verify(first.ToCar(BlockOrder.Shuffled), second.ToDelta(first));
        for (var time = 0; time < 2; time++)
        {
            using var car = new MemoryStream();
            verified.WriteFullCar(car, TestContext.Current.CancellationToken);
            using var again = await Verify(car.ToArray());
            Assert.Equal(second.Records, again.EnumerateRecords());
            Assert.Equal(second.Blocks.Count, again.Blocks);
            Assert.Equal(0, again.UnreferencedBlocks);
            Assert.Equal(car.Length, Car(second, second.Blocks).Length);
        }
    }

    [Fact]
    public async Task The_full_CAR_begins_with_the_commit_and_names_every_node_before_what_it_holds()
    {
        var repo = Sample(300).Build();
        using var verified = await Verify(repo.ToCar(BlockOrder.Shuffled));
        using var car = new MemoryStream();
        verified.WriteFullCar(car, TestContext.Current.CancellationToken);
        car.Position = 0;
        var reader = await CarReader.OpenAsync(car, cancel: TestContext.Current.CancellationToken);
        var named = new HashSet<Cid> { repo.Commit };
        await foreach (var block in reader.ReadBlocksAsync(TestContext.Current.CancellationToken))
        {
            Assert.Contains(block.Cid, named);
            var links = new LinkList([]);
            var cbor = new DagCborReader(block.Data.Span);
            DagCborWalker.Walk(ref cbor, ref links);
            named.UnionWith(links.Found);
        }
    }

    [Fact]
    public async Task A_block_larger_than_the_read_buffer_is_read()
    {
        var repo = Builder().Put("a.b.c/1", w => { w.BeginMap(); w.WriteKey("x"); w.WriteBytes(new byte[1_500_000]); w.EndMap(); })
            .PutText("a.b.c/2", "after").Build();
        using var verified = await Verify(repo);
        Assert.Equal(repo.Records, verified.EnumerateRecords());
    }

    [Fact]
    public async Task Any_expected_key_may_have_signed_and_the_one_that_did_is_named()
    {
        using var newer = Core.AtProto.Crypto.PrivateKey.Generate(Core.AtProto.Crypto.KeyCurve.P256);
        var path = Save(Sample().Build().ToCar());
        using var verified = await RepoVerifier.VerifyFilesAsync(
            [path], new RepoExpectation(Account, [newer.PublicKey, Key.PublicKey]), cancel: TestContext.Current.CancellationToken);
        Assert.Equal(Key.PublicKey, verified.Commit.SignedBy);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5000)]
    public async Task A_listener_hears_every_record_in_order(int count)
    {
        var repo = Sample(count).Build();
        var heard = new List<RepoRecord>();
        using var verified = await VerifyWith(repo, (path, cid) => heard.Add(new RepoRecord(System.Text.Encoding.ASCII.GetString(path), cid)));
        Assert.Equal(repo.Records, heard);
    }

    [Fact]
    public async Task With_a_listener_the_first_fault_in_tree_order_is_still_the_one_that_is_named()
    {
        var builder = Sample(5000);
        foreach (var number in new[] { 9, 5, 7, 3 }) builder.PutMissing($"app.bsky.feed.like/3k{number}", Cid.ForDagCbor([(byte)number]));
        for (var time = 0; time < 10; time++)
        {
            var fault = await Assert.ThrowsAsync<RepoFaultException>(() => VerifyWith(builder.Build(), (_, _) => { }));
            Assert.Contains("app.bsky.feed.like/3k3", fault.Detail);
        }
    }

    [Fact]
    public async Task What_a_listener_throws_comes_out()
    {
        var repo = Sample(5000).Build();
        var heard = 0;
        await Assert.ThrowsAsync<NotSupportedException>(() => VerifyWith(repo, (_, _) =>
        {
            if (++heard == 2000) throw new NotSupportedException();
        }));
        Assert.Equal(2000, heard);
    }

    [Fact]
    public async Task Progress_reaches_the_end_of_the_files()
    {
        var path = Save(Sample(5000).Build().ToCar());
        var progress = new Reports();
        using var verified = await RepoVerifier.VerifyFilesAsync(
            [path], Expected, progress: progress, cancel: TestContext.Current.CancellationToken);
        var length = new FileInfo(path).Length;
        Assert.All(progress.Seen, p => Assert.Equal(length, p.BytesTotal));
        Assert.Equal(length, progress.Seen.Max(p => p.BytesHashed));
        Assert.True(progress.Seen.Count > 1);
    }

    [Fact]
    public async Task Cancelling_stops_the_work_and_closes_the_files()
    {
        var path = Save(Sample().Build().ToCar());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            RepoVerifier.VerifyFilesAsync([path], Expected, cancel: new CancellationToken(canceled: true)));
        using var exclusive = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    [Fact]
    public async Task A_file_that_changes_after_it_was_verified_is_noticed()
    {
        var repo = Sample().Build();
        var path = Save(repo.ToCar());
        using var verified = await RepoVerifier.VerifyFilesAsync([path], Expected, cancel: TestContext.Current.CancellationToken);
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        bytes.AsSpan(59).Reverse();
        await using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite)) file.Write(bytes);
        Assert.Equal(RepoFault.FileChanged, Assert.Throws<RepoFaultException>(() => verified.ReadRecord(repo.Blocks[^1].Cid)).Fault);
        Assert.Equal(RepoFault.FileChanged, Assert.Throws<RepoFaultException>(() => verified.EnumerateRecords().Count()).Fault);
        Assert.Equal(RepoFault.FileChanged, Assert.Throws<RepoFaultException>(() => verified.WriteFullCar(Stream.Null, TestContext.Current.CancellationToken)).Fault);
    }

    [Fact]
    public async Task A_file_that_becomes_shorter_after_it_was_verified_is_noticed()
    {
        var repo = Sample().Build();
        var path = Save(repo.ToCar());
        using var verified = await RepoVerifier.VerifyFilesAsync([path], Expected, cancel: TestContext.Current.CancellationToken);
        await using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite)) file.SetLength(file.Length - 1);
        Assert.Equal(RepoFault.FileChanged, Assert.Throws<RepoFaultException>(() => verified.ReadRecord(repo.Blocks[^1].Cid)).Fault);
    }

    private Task<VerifiedRepo> VerifyWith(BuiltRepo repo, RecordVisitor listener) => RepoVerifier.VerifyAndListAsync(
        [Save(repo.ToCar())], Expected, listener, cancel: TestContext.Current.CancellationToken);

    private static byte[] Car(BuiltRepo repo, IEnumerable<(Cid Cid, byte[] Data)> blocks)
    {
        using var stream = new MemoryStream();
        var car = new CarWriter(stream, repo.Commit);
        foreach (var (cid, data) in blocks) car.WriteBlock(cid, data);
        car.Flush();
        return stream.ToArray();
    }

    private sealed class Reports : IProgress<RepoProgress>
    {
        public List<RepoProgress> Seen { get; } = [];

        public void Report(RepoProgress value)
        {
            lock (Seen) Seen.Add(value);
        }
    }

    private readonly struct LinkList(List<Cid> found) : IDagCborVisitor
    {
        public List<Cid> Found { get; } = found;
        public void Link(ReadOnlySpan<byte> cid) => Found.Add(Cid.FromBinary(cid));
        public void MapStart(int count) { }
        public void ArrayStart(int count) { }
        public void MapEnd() { }
        public void ArrayEnd() { }
        public void Key(ReadOnlySpan<byte> utf8) { }
        public void Text(ReadOnlySpan<byte> utf8) { }
        public void Bytes(ReadOnlySpan<byte> bytes) { }
        public void Integer(long value) { }
        public void Boolean(bool value) { }
        public void Null() { }
    }
}
