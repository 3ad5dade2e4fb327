using System.Text;
using Migrator.Core.Migrations;
using Migrator.Testing.Faults;
using Xunit;

namespace Migrator.Core.Tests.Migrations;

/// <summary>How blobs go from server to server when the servers or the ledger misbehave, and how many go at once.</summary>
public sealed class BlobCopierTests
{
    private const int AtOnce = 2;

    [Fact]
    public async Task More_blobs_are_fetched_while_the_target_still_stores_but_no_server_gets_more_than_its_share()
    {
        await using var world = await BlobCopyWorld.StartAsync();
        var (reading, writing) = (new Gauge(), new Gauge());
        var fetchedAhead = new TaskCompletionSource();
        var allStoring = new TaskCompletionSource();
        world.Give(Blobs(10), () =>
        {
            // As many as are being stored, and as many again.
            if (reading.Enter() == 2 * AtOnce)
                fetchedAhead.TrySetResult();
            reading.Leave();
            return Task.CompletedTask;
        });
        world.Take(async () =>
        {
            if (writing.Enter() == AtOnce)
                allStoring.TrySetResult();
            await Task.WhenAll(fetchedAhead.Task, allStoring.Task).WaitAsync(TimeSpan.FromSeconds(30));
            writing.Leave();
        });

        Assert.Null(await world.CopyAsync(AtOnce));

        Assert.All(world.Ledger.Entries.Values, entry => Assert.Equal(BlobState.Copied, entry.State));
        Assert.InRange(reading.Most, 1, AtOnce);
        Assert.Equal(AtOnce, writing.Most);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(700_000)]
    public async Task Bytes_that_the_cid_does_not_name_are_asked_for_twice_and_never_stored(int size)
    {
        await using var world = await BlobCopyWorld.StartAsync();
        var cid = world.Give([new byte[size]]).Single();
        var wrong = new byte[size];
        wrong[^1] = 1;
        world.Source.On("com.atproto.sync.getBlob", Reply.Body(200, "image/png", wrong));
        var stored = 0;
        world.Take(() => Task.FromResult(Interlocked.Increment(ref stored)));

        Assert.Null(await world.CopyAsync(AtOnce));

        Assert.Equal(BlobState.DamagedAtSource, world.Ledger.Entries[cid].State);
        Assert.Equal(2, world.Downloads);
        Assert.Equal(0, stored);
    }

    [Fact]
    public async Task A_large_blob_goes_through_as_it_comes()
    {
        await using var world = await BlobCopyWorld.StartAsync();
        var cid = world.Give([new byte[3_000_000]]).Single();
        world.Take();

        Assert.Null(await world.CopyAsync(AtOnce));

        Assert.Equal((BlobState.Copied, 3_000_000L), (world.Ledger.Entries[cid].State, world.Ledger.Entries[cid].Size!.Value));
    }

    [Fact]
    public async Task What_the_target_confirmed_before_a_standstill_is_in_the_ledger()
    {
        await using var world = await BlobCopyWorld.StartAsync();
        var cids = world.Give(Blobs(2));
        var first = true;
        world.Take(() =>
        {
            if (!first)
                throw new IOException("Out of order.");
            first = false;
            return Task.CompletedTask;
        });

        Assert.IsType<StepOutcome.Retry>(await world.CopyAsync(1));

        Assert.Single(cids, cid => world.Ledger.Entries[cid].State == BlobState.Copied);
    }

    [Fact]
    public async Task A_ledger_that_cannot_be_written_ends_the_copy_with_its_own_exception()
    {
        await using var world = await BlobCopyWorld.StartAsync();
        world.Give(Blobs(3));
        world.Take();
        world.Ledger.Refusal = new LeaseLostException(MigrationId.New(), 1);

        var thrown = await Assert.ThrowsAsync<LeaseLostException>(() => world.CopyAsync(AtOnce));

        Assert.Same(world.Ledger.Refusal, thrown);
    }

    private static IEnumerable<byte[]> Blobs(int count) => Enumerable.Range(0, count).Select(number => Encoding.UTF8.GetBytes($"blob {number}"));

    /// <summary>Counts who is inside, who ever came, and the most at once.</summary>
    private sealed class Gauge
    {
        private readonly Lock _door = new();
        private int _inside;
        private int _came;

        public int Most { get; private set; }

        /// <summary>How many came so far.</summary>
        public int Enter()
        {
            lock (_door)
            {
                Most = Math.Max(Most, ++_inside);
                return ++_came;
            }
        }

        public void Leave()
        {
            lock (_door)
                _inside--;
        }
    }
}
