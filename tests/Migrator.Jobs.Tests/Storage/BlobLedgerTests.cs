using System.Buffers.Binary;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Migrations;
using Migrator.Jobs.Storage;
using Xunit;

namespace Migrator.Jobs.Tests.Storage;

public sealed class BlobLedgerTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task What_was_copied_stays_copied_when_the_list_of_needed_blobs_comes_again(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var lease = await test.TakeAsync(await test.AddStartedAsync());
        var blobs = Blobs(3);
        await test.Ledger.AddNeededAsync(lease, blobs, Ct);
        await test.Ledger.RecordAsync(lease, [blobs[1] with { State = BlobState.Copied, Size = null, UsedBy = null }], Ct);

        await test.Ledger.AddNeededAsync(lease, Blobs(4), Ct);

        var copied = Assert.Single(await test.Ledger.ListAsync(lease.Migration, BlobState.Copied, Ct));
        Assert.Equal(blobs[1] with { State = BlobState.Copied }, copied);
        Assert.Equal(3, (await test.Ledger.ListAsync(lease.Migration, BlobState.Needed, Ct)).Count);
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task What_no_record_refers_to_any_more_goes_whatever_became_of_it(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var lease = await test.TakeAsync(await test.AddStartedAsync());
        var blobs = Blobs(1_200);
        await test.Ledger.AddNeededAsync(lease, blobs, Ct);
        await test.Ledger.RecordAsync(lease, [blobs[1] with { State = BlobState.MissingAtSource }, blobs[2] with { State = BlobState.Proven }], Ct);

        await test.Ledger.KeepOnlyAsync(lease, new HashSet<Cid> { blobs[2].Cid, blobs[1_100].Cid }, Ct);

        var left = await test.Ledger.ListAsync(lease.Migration, null, Ct);
        Assert.Equal(new HashSet<Cid> { blobs[2].Cid, blobs[1_100].Cid }, left.Select(blob => blob.Cid).ToHashSet());
        Assert.Equal(BlobState.Proven, left.Single(blob => blob.Cid == blobs[2].Cid).State);
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Totals_count_each_state_once(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var lease = await test.TakeAsync(await test.AddStartedAsync());
        Assert.Equal(new BlobTotals(0, 0, 0, 0, 0, null), await test.Ledger.TotalsAsync(lease.Migration, Ct));

        var blobs = Blobs(5);
        await test.Ledger.AddNeededAsync(lease, blobs, Ct);
        await test.Ledger.RecordAsync(
            lease,
            [
                blobs[0] with { State = BlobState.Copied },
                blobs[1] with { State = BlobState.Copied },
                blobs[1] with { State = BlobState.Proven },
                blobs[2] with { State = BlobState.MissingAtSource, Reason = "404" },
            ],
            Ct);

        var totals = await test.Ledger.TotalsAsync(lease.Migration, Ct);
        Assert.Equal(new BlobTotals(Needed: 5, Copied: 2, Proven: 1, Problems: 1, BytesCopied: 200, BytesKnown: 500), totals);
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Sizes_that_are_more_than_a_number_holds_do_not_break_the_totals(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var lease = await test.TakeAsync(await test.AddStartedAsync());
        await test.Ledger.AddNeededAsync(lease, [.. Blobs(3).Select(blob => blob with { Size = long.MaxValue })], Ct);

        var totals = await test.Ledger.TotalsAsync(lease.Migration, Ct);

        Assert.Equal((3L, 3 * (1L << 40)), (totals.Needed, totals.BytesKnown));
        Assert.All(await test.Ledger.ListAsync(lease.Migration, null, Ct), blob => Assert.Equal(1L << 40, blob.Size));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_large_account_goes_in_by_batches_and_comes_out_whole(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var lease = await test.TakeAsync(await test.AddStartedAsync());
        var blobs = Blobs(12_345);

        await test.Ledger.AddNeededAsync(lease, blobs, Ct);

        var read = await test.Ledger.ListAsync(lease.Migration, null, Ct);
        Assert.Equal(blobs.OrderBy(blob => blob.Cid.ToString(), StringComparer.Ordinal), read);
    }

    private static IReadOnlyList<BlobEntry> Blobs(int count) =>
    [
        .. Enumerable.Range(0, count).Select(i =>
        {
            Span<byte> bytes = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(bytes, i);
            return new BlobEntry(Cid.ForRaw(bytes), BlobState.Needed, 100, "image/png", $"app.bsky.feed.post/{i}", null);
        }),
    ];
}
