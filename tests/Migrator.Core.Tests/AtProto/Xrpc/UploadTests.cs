using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Testing;
using Migrator.Testing.Faults;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Xrpc;

public sealed class UploadTests
{
    private const string Upload = "com.atproto.repo.uploadBlob";
    private const string Import = "com.atproto.repo.importRepo";
    private static readonly string BlobJson =
        $$$"""{"blob":{"$type":"blob","ref":{"$link":"{{{Cid.ForRaw("x"u8)}}}"},"mimeType":"image/png","size":3}}""";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_blob_is_sent_with_its_length_or_without(bool known)
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Upload, Reply.Json(BlobJson));
        var sent = new List<long>();

        var blob = (await Client(pds).UploadBlobAsync(
            new ForwardOnly([1, 2, 3]), known ? 3 : null, "text/plain; charset=utf-8", Cancel, new Immediate(sent.Add))).Value;

        Assert.Equal(new UploadedBlob(Cid.ForRaw("x"u8), "image/png", 3), blob);
        var request = pds.Server.Requests.Single();
        Assert.Equal(("text/plain", known ? 3L : null, "Bearer a"), (request.ContentType!, request.ContentLength, request.Authorization!));
        Assert.Equal([1, 2, 3], request.Body);
        Assert.Equal([3L], sent);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("image/png\r\nX-Evil: 1")]
    public async Task A_type_that_is_none_is_sent_as_plain_bytes(string mimeType)
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Upload, Reply.Json(BlobJson));

        Assert.True((await Client(pds).UploadBlobAsync(new MemoryStream([1]), 1, mimeType, Cancel)).IsOk);
        Assert.Equal("application/octet-stream", pds.Server.Requests.Single().ContentType);
    }

    [Fact]
    public async Task A_large_body_is_never_held_whole()
    {
        await using var pds = await TestPds.StartAsync();
        long received = 0;
        pds.Server.On(Import, Reply.By(async context =>
        {
            var buffer = new byte[64 * 1024];
            int count;
            while ((count = await context.Request.Body.ReadAsync(buffer, Cancel)) > 0) Interlocked.Add(ref received, count);
        }).Early());
        const long length = 300L << 20;
        var source = new WatchedZeros(length, () => Interlocked.Read(ref received));

        Assert.True((await Client(pds).ImportRepoAsync(source, length, Cancel)).IsOk);

        Assert.Equal(length, Interlocked.Read(ref received));
        // The system holds a few megabytes for each connection. What we hold ourselves is one buffer, used again and again.
        Assert.InRange(source.FarthestAhead, 0, 60L << 20);
        Assert.Equal(1, source.Buffers);
    }

    [Fact]
    public async Task A_refusal_before_the_body_was_read_is_heard()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Import, Reply.Error(413, "PayloadTooLarge", "request entity too large").Early());
        const long length = 50L << 20;

        var error = (await Client(pds).ImportRepoAsync(new ZeroStream(length), length, Cancel)).Error;

        Assert.Equal((413, "PayloadTooLarge"), (error.Status, error.Name));
    }

    [Fact]
    public async Task A_source_that_breaks_throws_its_own_fault()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Upload, Reply.Json(BlobJson));

        var fault = await Assert.ThrowsAsync<EndOfStreamException>(
            () => Client(pds).UploadBlobAsync(new BreakingStream(100_000), 200_000, "image/png", Cancel));

        Assert.Equal("the disk is gone", fault.Message);
    }

    [Fact]
    public async Task A_source_that_ends_early_is_an_error_and_no_shorter_blob()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Upload, Reply.Json(BlobJson));

        await Assert.ThrowsAnyAsync<IOException>(() => Client(pds).UploadBlobAsync(new ForwardOnly([1, 2]), 3, "image/png", Cancel));
    }

    [Fact]
    public async Task A_server_that_stops_taking_bytes_times_out()
    {
        await using var connection = new StuckConnection(room: 5 << 20);
        await using var pds = await TestPds.StartAsync(connection: connection);
        var call = Client(pds).ImportRepoAsync(new ZeroStream(1L << 40), 1L << 40, Cancel);
        await Task.WhenAny(connection.Stuck, call);

        pds.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(connection.IsClosed);
        pds.Time.Advance(TimeSpan.FromSeconds(2));

        var error = (await call).Error;
        Assert.Equal(XrpcFailure.TimedOut, error.Failure);
        Assert.Contains("take the next bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slow_source_is_not_held_against_the_server()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Upload, Reply.Json(BlobJson));

        Assert.True((await Client(pds).UploadBlobAsync(new SlowStream(pds.Time), null, "image/png", Cancel)).IsOk);
    }

    [Fact]
    public async Task An_import_that_takes_its_time_is_waited_for()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Import, Reply.By(async context =>
        {
            pds.Time.Advance(TimeSpan.FromMinutes(15));
            await Reply.Empty().Answer(context);
        }));

        Assert.True((await Client(pds).ImportRepoAsync(new MemoryStream([1]), 1, Cancel)).IsOk);
    }

    [Fact]
    public async Task An_upload_can_be_stopped()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Import, Reply.Silence().Early());
        using var stop = new CancellationTokenSource();
        var call = Client(pds).ImportRepoAsync(new ZeroStream(1L << 40), 1L << 40, stop.Token, new Immediate(_ => stop.Cancel()));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    private static PdsClient Client(TestPds pds) => pds.SignedIn(new MemorySessionVault(TestPds.Tokens("a", "r")));

    private sealed class Immediate(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }
}
