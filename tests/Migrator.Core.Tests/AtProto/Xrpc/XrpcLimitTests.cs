using Migrator.Core.AtProto.Xrpc;
using Migrator.Testing.Faults;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Xrpc;

/// <summary>Answers without end, without pace or without a word.</summary>
public sealed class XrpcLimitTests
{
    private const string Describe = "com.atproto.server.describeServer";
    private const string Blob = "com.atproto.sync.getBlob";
    private static readonly Core.AtProto.Syntax.Cid SomeCid = Core.AtProto.Syntax.Cid.ForRaw("x"u8);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_endless_small_answer_is_cut_at_its_cap()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Describe, Reply.Endless("application/json", "{\"did\":"u8.ToArray()));

        var error = (await pds.Anonymous.DescribeServerAsync(Cancel)).Error;

        Assert.Equal(XrpcFailure.Unreadable, error.Failure);
        Assert.Contains("larger than", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endless_error_still_is_the_error()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Describe, Reply.By(async context =>
        {
            context.Response.StatusCode = 404;
            await Reply.Endless("text/html").Answer(context);
        }));

        Assert.Equal(404, (await pds.Anonymous.DescribeServerAsync(Cancel)).Error.Status);
    }

    [Fact]
    public async Task Silence_before_the_headers_times_out()
    {
        await using var pds = await TestPds.StartAsync(options => options.SafeAttempts = 1);
        var asked = new TaskCompletionSource();
        pds.Server.On(Describe, Reply.By(async context =>
        {
            asked.SetResult();
            await Reply.Silence().Answer(context);
        }));

        var call = pds.Anonymous.DescribeServerAsync(Cancel);
        await asked.Task;
        pds.Time.Advance(TimeSpan.FromSeconds(41));

        var error = (await call).Error;
        Assert.Equal(XrpcFailure.TimedOut, error.Failure);
        Assert.Contains("127.0.0.1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_small_answer_that_drips_times_out()
    {
        await using var pds = await TestPds.StartAsync(options =>
        {
            options.SafeAttempts = 1;
            options.BodyTimeout = TimeSpan.FromSeconds(5);
        });
        pds.Server.On(Describe, Reply.By(async context =>
        {
            context.Response.ContentType = "application/json";
            for (var i = 0; !context.RequestAborted.IsCancellationRequested; i++)
            {
                await context.Response.Body.WriteAsync(" "u8.ToArray(), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                pds.Time.Advance(TimeSpan.FromSeconds(1));
                await Task.Yield();
            }
        }));

        Assert.Equal(XrpcFailure.TimedOut, (await pds.Anonymous.DescribeServerAsync(Cancel)).Error.Failure);
    }

    [Fact]
    public async Task A_blob_comes_with_its_type_and_length()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Blob, Reply.Body(200, "text/plain; charset=utf-8", "hello"u8.ToArray()));

        await using var stream = (await pds.Anonymous.GetBlobAsync(TestPds.Alice, SomeCid, Cancel)).Value;
        var copy = new MemoryStream();

        Assert.Equal(5, (await stream.CopyToAsync(copy, Cancel)).Value);
        Assert.Equal("text/plain; charset=utf-8", stream.ContentType);
        Assert.Equal(5, stream.Length);
        Assert.Equal("hello"u8.ToArray(), copy.ToArray());
        Assert.Contains(SomeCid.ToString(), pds.Server.Requests.Single().Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endless_blob_is_cut_at_the_cap()
    {
        await using var pds = await TestPds.StartAsync(options => options.MaxBlobBytes = 1 << 20);
        pds.Server.On(Blob, Reply.Endless("image/png"));
        await using var stream = (await pds.Anonymous.GetBlobAsync(TestPds.Alice, SomeCid, Cancel)).Value;

        var copied = await stream.CopyToAsync(Stream.Null, Cancel);

        Assert.Equal(XrpcFailure.Unreadable, copied.Error.Failure);
    }

    [Fact]
    public async Task A_blob_that_says_it_is_too_large_is_not_opened()
    {
        await using var pds = await TestPds.StartAsync(options => options.MaxBlobBytes = 1 << 20);
        pds.Server.On(Blob, Reply.Body(200, "image/png", new byte[(1 << 20) + 1]));

        Assert.Equal(XrpcFailure.Unreadable, (await pds.Anonymous.GetBlobAsync(TestPds.Alice, SomeCid, Cancel)).Error.Failure);
    }

    [Fact]
    public async Task A_blob_cut_short_is_an_error_and_not_an_end()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Blob, Reply.Truncated("image/png", new byte[1000], 5000));
        await using var stream = (await pds.Anonymous.GetBlobAsync(TestPds.Alice, SomeCid, Cancel)).Value;

        var broken = await Assert.ThrowsAsync<XrpcStreamException>(() => stream.Stream.CopyToAsync(Stream.Null, Cancel));

        Assert.Equal(XrpcFailure.Unreachable, broken.Error.Failure);
    }

    [Fact]
    public async Task A_blob_that_stops_coming_times_out()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Blob, Reply.Stall("image/png", new byte[10]));
        await using var stream = (await pds.Anonymous.GetBlobAsync(TestPds.Alice, SomeCid, Cancel)).Value;
        await stream.Stream.ReadExactlyAsync(new byte[10], Cancel);

        var read = stream.Stream.ReadAsync(new byte[10], Cancel).AsTask();
        pds.Time.Advance(TimeSpan.FromSeconds(31));

        Assert.Equal(XrpcFailure.TimedOut, (await Assert.ThrowsAsync<XrpcStreamException>(() => read)).Error.Failure);
    }

    [Fact]
    public async Task An_open_stream_holds_a_place_until_it_is_disposed()
    {
        await using var pds = await TestPds.StartAsync(options => options.MaxTransfersPerHost = 1);
        pds.Server.On(Blob, Reply.Body(200, "image/png", new byte[10]));
        var first = (await pds.Anonymous.GetBlobAsync(TestPds.Alice, SomeCid, Cancel)).Value;

        var second = pds.Anonymous.GetBlobAsync(TestPds.Alice, SomeCid, Cancel);
        Assert.Equal(1, pds.Server.CountOf(Blob));
        await first.DisposeAsync();

        await using var opened = (await second).Value;
        Assert.Equal(2, pds.Server.CountOf(Blob));
    }

    [Fact]
    public async Task A_refused_stream_gives_its_place_back()
    {
        await using var pds = await TestPds.StartAsync(options => options.MaxTransfersPerHost = 1);
        pds.Server.On(Blob, Reply.Error(400, "InvalidRequest", "Blob not found"));

        for (var i = 0; i < 3; i++)
            Assert.Equal("Blob not found", (await pds.Anonymous.GetBlobAsync(TestPds.Alice, SomeCid, Cancel)).Error.Message);
    }
}
