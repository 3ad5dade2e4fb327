using Migrator.Core.AtProto.Car;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Repo;
using Migrator.Testing.Repos;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Repo;

/// <summary>
/// Bytes that are damaged at random, in great number: each is read or refused with a fault that has a code and a place, no other
/// exception comes, and no input costs memory out of proportion. MIGRATOR_TEST_FULL=1 runs a hundred times as many.
/// </summary>
public class MutatedBytesTests : TestRepos
{
    private static readonly int Scale = Environment.GetEnvironmentVariable("MIGRATOR_TEST_FULL") == "1" ? 100 : 1;

    [Fact]
    public void Damaged_blocks_are_read_as_data_or_refused()
    {
        var corpus = Sample(300).Build().Blocks.Select(b => b.Data).ToList();
        var entries = new MstEntry[16];
        var node = new MstNode();
        var notes = new BlobNotes();
        Run(40_000, corpus, bytes =>
        {
            RecordCheck.Classify(bytes, ref entries, notes);
            var refused = Refused(bytes, () =>
            {
                var reader = new DagCborReader(bytes, origin: 0);
                reader.Skip();
                reader.ExpectEnd();
            });
            Refused(bytes, () =>
            {
                var blobs = default(NoBlobs);
                RecordCheck.Read(bytes, 0, ref blobs);
            });
            Refused(bytes, () =>
            {
                if (node.Buffer.Length < bytes.Length) node.Buffer = new byte[bytes.Length];
                bytes.CopyTo(node.Buffer, 0);
                node.Parse(0, bytes.Length, 0);
            });
            Refused(bytes, () => CommitFields.Read(bytes, 0));
            return refused;
        });
    }

    [Fact]
    public void Damaged_files_are_read_as_blocks_or_refused()
    {
        var repo = Sample(25).Build();
        var corpus = new[] { repo.ToCar(), repo.ToCar(BlockOrder.Shuffled), Builder().Build().ToCar() };
        Run(6_000, corpus, bytes => Refused(bytes, () =>
        {
            // A stream in memory never waits, so this runs through on this thread.
            var reading = ReadAsync(bytes);
            Assert.True(reading.IsCompleted);
            reading.GetAwaiter().GetResult();
        }));
    }

    private static async Task ReadAsync(byte[] bytes)
    {
        var reader = await CarReader.OpenAsync(new MemoryStream(bytes), cancel: CancellationToken.None);
        await foreach (var block in reader.ReadBlocksAsync(CancellationToken.None)) Assert.True(block.Data.Length <= bytes.Length);
    }

    private static void Run(int rounds, IReadOnlyList<byte[]> corpus, Func<byte[], bool> read)
    {
        const int BytesForOne = 512 * 1024;
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        int refused = 0, total = rounds * Scale;
        for (var round = 0; round < total; round++)
        {
            var bytes = ByteMutator.Mutate(random, corpus[random.Next(corpus.Count)]);
            var before = GC.GetAllocatedBytesForCurrentThread();
            if (read(bytes)) refused++;
            var cost = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(cost <= BytesForOne + 40L * bytes.Length, $"{cost} bytes for an input of {bytes.Length}, seed {seed}, round {round}");
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}: {total:N0} inputs, {refused:N0} refused");
        Assert.InRange(refused, total / 2, total - 1);
    }

    /// <summary>Whether the bytes were refused. Any exception but a fault goes through and fails the test.</summary>
    private static bool Refused(byte[] bytes, Action read)
    {
        try
        {
            read();
            return false;
        }
        catch (RepoFaultException e)
        {
            Assert.True(Enum.IsDefined(e.Fault));
            Assert.InRange(e.Offset, 0, bytes.Length);
            return true;
        }
    }

    private readonly struct NoBlobs : IBlobSink
    {
        public void Found(Core.AtProto.Syntax.Cid cid, ReadOnlySpan<byte> mimeType, long? size) => Assert.NotEqual(default, cid);
    }
}
