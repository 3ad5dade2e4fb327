using Migrator.Core.AtProto.Car;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Testing.Repos;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Repo;

/// <summary>A repository that comes from a stream which can be read once: the same answers as from a file.</summary>
public class RepoStreamTests : TestRepos
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(BlockOrder.RootFirst, 1 << 16)]
    [InlineData(BlockOrder.ByCid, 1 << 20)]
    [InlineData(BlockOrder.Shuffled, 100)]
    public async Task Blocks_may_come_in_any_order_and_in_pieces_of_any_size(BlockOrder order, int piece)
    {
        var repo = Sample(5000).Build();
        var car = repo.ToCar(order, seed: 3);
        using var verified = await RepoVerifier.VerifyStreamAsync(new Drops(car, piece), Store(out var path), Expected, cancel: Cancel);
        Assert.Equal(repo.Records, verified.EnumerateRecords());
        Assert.Equal(repo.Blocks.Count, verified.Blocks);
        Assert.Equal(car, await ReadAsync(path));
        Assert.Equal(repo.Blocks[^1].Data, verified.ReadRecord(repo.Blocks[^1].Cid));
    }

    [Fact]
    public async Task A_delta_is_laid_over_the_earlier_files_as_it_comes()
    {
        var builder = Sample(300);
        var first = builder.Build();
        builder.Rev = Tid.Parse("3n2v7yvgw5k3g");
        builder.PutText("a.b.c/1", "one").Delete(first.Records[150].Path);
        var second = builder.Build();
        var delta = second.ToDelta(first);
        using var verified = await RepoVerifier.VerifyStreamAsync(
            new Drops(delta, 1000), Store(out _), Expected, earlier: [Save(first.ToCar())], cancel: Cancel);
        Assert.Equal(second.Commit, verified.Commit.Cid);
        Assert.Equal(second.Records, verified.EnumerateRecords());

        var fault = await Assert.ThrowsAsync<RepoFaultException>(() => RepoVerifier.VerifyStreamAsync(
            new Drops([.. delta[..^1], (byte)~delta[^1]], 1000), Store(out _), Expected, earlier: [Save(first.ToCar())], cancel: Cancel));
        Assert.Equal(RepoFault.CarBlockHash, fault.Fault);
        Assert.InRange(fault.Offset, 0, delta.Length);
        Assert.Contains("file 2 of 2", fault.Detail);
    }

    [Fact]
    public async Task Limits_hold_for_the_earlier_files_and_the_stream_together()
    {
        var repo = Sample().Build();
        var car = repo.ToCar();
        Assert.Null(await Limited(new CarLimits { MaxBytes = 2 * car.Length, MaxBlocks = 2 * repo.Blocks.Count }));
        Assert.Equal(RepoFault.CarTooLarge, await Limited(new CarLimits { MaxBytes = 2 * car.Length - 1 }));
        Assert.Equal(RepoFault.CarTooManyBlocks, await Limited(new CarLimits { MaxBlocks = 2 * repo.Blocks.Count - 1 }));

        async Task<RepoFault?> Limited(CarLimits limits)
        {
            try
            {
                (await RepoVerifier.VerifyStreamAsync(
                    new Drops(car, 500), Store(out _), Expected, [Save(car)], new RepoLimits { Car = limits }, cancel: Cancel)).Dispose();
                return null;
            }
            catch (RepoFaultException e)
            {
                return e.Fault;
            }
        }
    }

    [Fact]
    public async Task Blocks_in_the_order_of_the_tree_are_walked_as_they_come_and_the_file_is_never_read()
    {
        var repo = Sample(5000).PutText("a.b.c/1", "x").Build();
        var heard = new List<RepoRecord>();
        await using var store = new FileStream(Path.Combine(Folder, "unread"), FileMode.Create, FileAccess.Write);
        var summary = await RepoVerifier.SummarizeStreamAsync(
            new Drops(await Preorder(repo), 70_000), store, Expected,
            (path, cid) => heard.Add(new RepoRecord(System.Text.Encoding.ASCII.GetString(path), cid)), cancel: Cancel);
        Assert.Equal(repo.Records, heard);
        using var verified = await Verify(repo);
        AssertSame(verified, summary);
    }

    [Theory]
    [InlineData("a record that is named again")]
    [InlineData("another order at the end")]
    [InlineData("a block too many")]
    [InlineData("a block twice")]
    public async Task Where_the_order_of_the_tree_ends_all_is_read_again_from_the_file_and_nothing_is_told_twice(string what)
    {
        // The last records of the last collection, so that the walk comes far.
        var builder = Sample(8000).PutText("zz.b.c/1", "same").PutText("zz.b.c/2", what == "a record that is named again" ? "same" : "other");
        var repo = builder.Build();
        var blocks = await Blocks(await Preorder(repo));
        if (what == "another order at the end") (blocks[^1], blocks[^2]) = (blocks[^2], blocks[^1]);
        if (what == "a block too many") blocks.Add((Cid.ForRaw([1]), [1]));
        if (what == "a block twice") blocks.Add(blocks[5]);
        var car = Car(repo.Commit, blocks);
        var heard = new List<RepoRecord>();
        var summary = await RepoVerifier.SummarizeStreamAsync(
            new Drops(car, 70_000), Store(out _), Expected,
            (path, cid) => heard.Add(new RepoRecord(System.Text.Encoding.ASCII.GetString(path), cid)), cancel: Cancel);
        Assert.Equal(repo.Records, heard);
        using var verified = await Verify(car);
        AssertSame(verified, summary);
    }

    [Fact]
    public async Task A_file_is_summarized_whatever_its_order()
    {
        var repo = Sample(3000).Build();
        using var verified = await Verify(repo);
        foreach (var car in new[] { repo.ToCar(BlockOrder.Shuffled), repo.ToCar(BlockOrder.ByCid), await Preorder(repo) })
        {
            AssertSame(verified, await RepoVerifier.SummarizeFileAsync(Save(car), Expected, cancel: Cancel));
        }
    }

    [Fact]
    public async Task A_stream_that_breaks_says_so_itself_and_the_file_is_closed()
    {
        var store = Store(out var path);
        var broken = await Assert.ThrowsAsync<IOException>(() =>
            RepoVerifier.VerifyStreamAsync(new Breaking(Sample(3000).Build().ToCar()), store, Expected, cancel: Cancel));
        Assert.Equal("broken", broken.Message);
        using var exclusive = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    [Fact]
    public async Task Cancelling_ends_a_wait_for_the_network()
    {
        using var stop = new CancellationTokenSource();
        var verifying = RepoVerifier.VerifyStreamAsync(new Silent(stop), Store(out _), Expected, cancel: stop.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => verifying);
    }

    [Fact]
    public async Task Bytes_are_reported_as_they_come()
    {
        var car = Sample(500).Build().ToCar();
        var reports = new List<long>();
        using var verified = await RepoVerifier.VerifyStreamAsync(new Drops(car, 10_000), Store(out _), Expected, report: bytes =>
        {
            reports.Add(bytes);
            return Task.CompletedTask;
        }, cancel: Cancel);
        Assert.Equal(reports.Order(), reports);
        Assert.Equal(car.Length, reports[^1]);
        Assert.True(reports.Count > car.Length / 10_000);
    }

    [Fact]
    public async Task Every_way_in_gives_the_same_answer_for_damaged_files()
    {
        const int Rounds = 800;
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var repo = Sample(25).Build();
        var corpus = new[] { await Preorder(repo), repo.ToCar(BlockOrder.ByCid), await Preorder(Builder().PutText("a.b.c/1", "x").Build()) };
        for (var round = 0; round < Rounds; round++)
        {
            var car = ByteMutator.Mutate(random, corpus[random.Next(corpus.Length)]);
            _ = await AnswerOfEveryWay(car);
        }
    }

    [Fact]
    public async Task Empty_cut_and_doubled_files_get_their_own_answers_in_every_way()
    {
        var repo = Sample(25).Build();
        foreach (var car in new[] { await Preorder(repo), repo.ToCar(BlockOrder.ByCid) })
        {
            Assert.StartsWith("CarEmpty 0 ", await AnswerOfEveryWay([]));
            Assert.Equal("CarTruncated 0 the header is cut", await AnswerOfEveryWay(car[..1]));
            Assert.Equal("CarTruncated 0 the header is cut", await AnswerOfEveryWay(car[..30]));
            Assert.StartsWith("CarTruncated ", await AnswerOfEveryWay(car[..^1]));
            Assert.StartsWith($"CarTruncated {car.Length} ", await AnswerOfEveryWay([.. car, 0x80]));
            Assert.Equal(repo.Commit.ToString(), await AnswerOfEveryWay([.. car, .. car[59..]]));
        }
    }

    [Fact]
    public async Task A_tree_that_the_commit_does_not_name_is_refused_in_every_way()
    {
        var named = await Blocks(await Preorder(Builder().PutText("a.b.c/1", "named").Build()));
        var other = await Blocks(await Preorder(Builder().PutText("a.b.c/1", "other").Build()));
        Assert.StartsWith("BlockMissing ", await AnswerOfEveryWay(Car(named[0].Cid, [named[0], .. other[1..]])));
    }

    [Fact]
    public async Task A_limit_on_blocks_holds_from_the_first_block_of_a_long_stream_to_the_last()
    {
        var builder = Builder();
        for (var i = 0; i < 60; i++) builder.PutText($"a.b.c/{i}", new string('x', 30_000 + i));
        var repo = builder.Build();
        var car = repo.ToCar();
        var exact = new RepoLimits { Car = new CarLimits { MaxBlocks = repo.Blocks.Count } };
        var tooFew = new RepoLimits { Car = new CarLimits { MaxBlocks = repo.Blocks.Count - 1 } };
        (await RepoVerifier.VerifyStreamAsync(new Drops(car, 1 << 16), Store(out _), Expected, limits: exact, cancel: Cancel)).Dispose();
        var fault = await Assert.ThrowsAsync<RepoFaultException>(
            () => RepoVerifier.VerifyStreamAsync(new Drops(car, 1 << 16), Store(out _), Expected, limits: tooFew, cancel: Cancel));
        Assert.Equal(RepoFault.CarTooManyBlocks, fault.Fault);
    }

    /// <summary>What all four ways say of a file; they must say the same.</summary>
    private async Task<string> AnswerOfEveryWay(byte[] car)
    {
        var path = Save(car);
        var answer = await Answer(async () =>
        {
            using var verified = await RepoVerifier.VerifyFilesAsync([path], Expected, cancel: Cancel);
            return verified.Commit.Cid;
        });
        Assert.Equal(answer, await Answer(async () => (await RepoVerifier.SummarizeFileAsync(path, Expected, cancel: Cancel)).Commit.Cid));
        Assert.Equal(answer, await Answer(async () => (await RepoVerifier.SummarizeStreamAsync(new Drops(car, 977), Store(out _), Expected, cancel: Cancel)).Commit.Cid));
        Assert.Equal(answer, await Answer(async () =>
        {
            using var verified = await RepoVerifier.VerifyStreamAsync(new Drops(car, 1 << 16), Store(out _), Expected, cancel: Cancel);
            return verified.Commit.Cid;
        }));
        File.Delete(path);
        return answer;
    }

    private static async Task<string> Answer(Func<Task<Cid>> verify)
    {
        try
        {
            return (await verify()).ToString();
        }
        catch (RepoFaultException e)
        {
            return $"{e.Fault} {e.Offset} {e.Detail}";
        }
    }

    private static void AssertSame(VerifiedSummary expected, VerifiedSummary actual)
    {
        Assert.Equal(expected.Commit.Cid, actual.Commit.Cid);
        Assert.Equal(expected.Commit.SignedBy, actual.Commit.SignedBy);
        Assert.Equal(
            (expected.Records, expected.Blocks, expected.Bytes, expected.UnreferencedBlocks),
            (actual.Records, actual.Blocks, actual.Bytes, actual.UnreferencedBlocks));
        Assert.Equal(expected.RecordsByCollection, actual.RecordsByCollection);
        Assert.Equal(expected.Blobs.OrderBy(b => b.FirstPath), actual.Blobs.OrderBy(b => b.FirstPath));
    }

    private FileStream Store(out string path)
    {
        path = Path.Combine(Folder, $"store-{Guid.NewGuid():N}");
        return new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read);
    }

    private async Task<byte[]> Preorder(BuiltRepo repo)
    {
        using var verified = await Verify(repo);
        using var car = new MemoryStream();
        verified.WriteFullCar(car, Cancel);
        return car.ToArray();
    }

    private static async Task<byte[]> ReadAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        await file.ReadExactlyAsync(bytes, Cancel);
        return bytes;
    }

    private static async Task<List<(Cid Cid, byte[] Data)>> Blocks(byte[] car)
    {
        var blocks = new List<(Cid, byte[])>();
        var reader = await CarReader.OpenAsync(new MemoryStream(car), cancel: Cancel);
        await foreach (var block in reader.ReadBlocksAsync(Cancel)) blocks.Add((block.Cid, block.Data.ToArray()));
        return blocks;
    }

    /// <summary>Gives so many bytes at a time at most, forward only.</summary>
    private sealed class Drops(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }

    private sealed class Breaking(byte[] bytes) : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position > 200_000) throw new IOException("broken");
            return await base.ReadAsync(buffer[..1000], cancellationToken);
        }
    }

    /// <summary>Never gives a byte; and asks to be stopped once someone waits for one.</summary>
    private sealed class Silent(CancellationTokenSource stop) : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            stop.CancelAfter(0);
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }
    }
}
