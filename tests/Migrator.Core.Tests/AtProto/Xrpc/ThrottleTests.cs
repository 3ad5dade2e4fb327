using System.Net;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Testing;
using Migrator.Testing.Faults;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Xrpc;

public sealed class ThrottleTests
{
    private const string Describe = "com.atproto.server.describeServer";
    private static readonly DateTimeOffset Now = new(2026, 1, 15, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task While_a_host_asks_for_patience_nothing_is_sent_to_it()
    {
        await using var pds = await TestPds.StartAsync();
        var reset = Now.AddMinutes(5);
        pds.Server.On(Describe,
            Reply.Error(429, "RateLimitExceeded", "Rate Limit Exceeded", ("RateLimit-Reset", $"{reset.ToUnixTimeSeconds()}"), NoDate),
            Reply.Json("""{"did":"did:web:a.test","availableUserDomains":[]}"""));

        var first = (await pds.Anonymous.DescribeServerAsync(Cancel)).Error;
        var second = (await pds.Anonymous.GetRepoStatusAsync(TestPds.Alice, Cancel)).Error;

        Assert.Equal((XrpcFailure.Throttled, reset), (first.Failure, first.RetryAt!.Value));
        Assert.Equal((XrpcFailure.Throttled, reset), (second.Failure, second.RetryAt!.Value));
        Assert.Single(pds.Server.Requests);
        pds.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.True((await pds.Anonymous.DescribeServerAsync(Cancel)).IsOk);
    }

    [Fact]
    public async Task The_limit_on_uploads_stops_uploads_alone()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On("com.atproto.repo.uploadBlob", Reply.Error(429, "RateLimitExceeded", "Rate Limit Exceeded"));
        pds.Server.On(Describe, Reply.Json("""{"did":"did:web:a.test","availableUserDomains":[]}"""));
        var client = pds.SignedIn(new MemorySessionVault(TestPds.Tokens("a", "r")));

        Assert.Equal(XrpcFailure.Throttled, (await client.UploadBlobAsync(new MemoryStream([1]), 1, "image/png", Cancel)).Error.Failure);
        Assert.Equal(XrpcFailure.Throttled, (await client.UploadBlobAsync(new MemoryStream([1]), 1, "image/png", Cancel)).Error.Failure);
        Assert.True((await client.DescribeServerAsync(Cancel)).IsOk);
        Assert.Equal(1, pds.Server.CountOf("com.atproto.repo.uploadBlob"));
    }

    [Fact]
    public async Task One_name_that_is_locked_out_does_not_stop_the_others()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On("com.atproto.server.createSession",
            Reply.Error(429, "RateLimitExceeded", "x"), Reply.Json(TestPds.SessionJson("a", "r")));

        Assert.Equal(XrpcFailure.Throttled, (await pds.Anonymous.CreateSessionAsync("mallory.test", "x", null, Cancel)).Error.Failure);
        Assert.True((await pds.Anonymous.CreateSessionAsync("alice.test", "x", null, Cancel)).IsOk);
    }

    [Fact]
    public async Task After_the_last_call_of_a_window_the_next_one_waits()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Describe, Reply.Json("""{"did":"did:web:a.test","availableUserDomains":[]}""", 200,
            ("RateLimit-Remaining", "0"), ("RateLimit-Reset", $"{Now.AddMinutes(2).ToUnixTimeSeconds()}"), NoDate));

        Assert.True((await pds.Anonymous.DescribeServerAsync(Cancel)).IsOk);
        Assert.Equal(Now.AddMinutes(2), (await pds.Anonymous.DescribeServerAsync(Cancel)).Error.RetryAt);
    }

    [Fact]
    public async Task A_refusal_without_a_time_means_a_minute_and_one_from_the_past_a_moment()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Describe,
            Reply.Error(429, "RateLimitExceeded", "x"),
            Reply.Error(429, "RateLimitExceeded", "x", ("RateLimit-Reset", $"{Now.AddDays(-1).ToUnixTimeSeconds()}"), NoDate));

        Assert.Equal(Now.AddSeconds(60), (await pds.Anonymous.DescribeServerAsync(Cancel)).Error.RetryAt);
        pds.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(Now.AddSeconds(62), (await pds.Anonymous.DescribeServerAsync(Cancel)).Error.RetryAt);
    }

    [Fact]
    public async Task A_time_in_the_far_future_is_cut()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Describe, Reply.Error(429, "RateLimitExceeded", "x", ("RateLimit-Reset", "99999999999999999")));

        Assert.Equal(Now.AddHours(24), (await pds.Anonymous.DescribeServerAsync(Cancel)).Error.RetryAt);
    }

    [Fact]
    public async Task A_busy_server_that_names_a_time_is_not_asked_again_before_it()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(Describe, Reply.Json("{}", 503, ("Retry-After", "120")));

        var error = (await pds.Anonymous.DescribeServerAsync(Cancel)).Error;

        Assert.Equal((XrpcFailure.ServerTrouble, Now.AddSeconds(120)), (error.Failure, error.RetryAt!.Value));
        Assert.Single(pds.Server.Requests);
    }

    [Theory]
    [InlineData("RateLimit-Reset: 1768478460", 60)]
    [InlineData("RateLimit-Reset: 1768478460000", 60)]
    [InlineData("RateLimit-Reset: 90", 90)]
    [InlineData("Retry-After: 30", 30)]
    [InlineData("Retry-After: Thu, 15 Jan 2026 12:00:45 GMT", 45)]
    [InlineData("RateLimit-Reset: 10|Retry-After: 30", 30)]
    [InlineData("RateLimit-Reset: 30|Retry-After: 10", 30)]
    [InlineData("RateLimit-Reset: 0", 0)]
    [InlineData("RateLimit-Reset: 1700000000", 0)]
    [InlineData("RateLimit-Reset: 1768478460|Date: Thu, 15 Jan 2026 11:50:00 GMT", 660)]
    [InlineData("RateLimit-Reset: 1768478460|Date: Thu, 15 Jan 2026 13:00:00 GMT", 0)]
    [InlineData("RateLimit-Reset: soon", null)]
    [InlineData("RateLimit-Reset: -5", null)]
    [InlineData("RateLimit-Reset: 1e9", null)]
    [InlineData("RateLimit-Reset: 99999999999999999999999999", null)]
    [InlineData("Retry-After: later", null)]
    [InlineData("X: y", null)]
    public void Headers_are_read_in_every_form_that_servers_send(string headers, int? seconds)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.TooManyRequests);
        foreach (var header in headers.Split('|'))
        {
            var colon = header.IndexOf(':', StringComparison.Ordinal);
            response.Headers.TryAddWithoutValidation(header[..colon], header[(colon + 2)..]);
        }

        var resume = RateLimitHeaders.ReadResumeAt(response, Now);

        Assert.Equal(seconds, resume is { } at ? (int)(at - Now).TotalSeconds : null);
    }

    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("253402300800")]
    public void A_reset_beyond_all_calendars_does_no_harm(string reset)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.TooManyRequests);
        response.Headers.TryAddWithoutValidation("RateLimit-Reset", reset);

        Assert.NotNull(RateLimitHeaders.ReadResumeAt(response, Now));
    }

    // Kestrel adds the real date, which is not the test's; an unreadable one is as good as none.
    private static (string, string) NoDate => ("Date", "none");
}
