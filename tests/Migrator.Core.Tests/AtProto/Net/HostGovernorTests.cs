using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Migrator.Core.AtProto.Net;
using Migrator.Testing;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Net;

public sealed class HostGovernorTests
{
    private static readonly Uri Host = new("https://pds.example.com");
    private readonly ManualTime _time = new();
    private readonly NetworkOptions _options = new() { MaxTransfersPerHost = 2, MaxCallsPerHost = 1 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void A_block_holds_for_the_whole_host_until_its_time()
    {
        var governor = Governor();
        var until = _time.GetUtcNow().AddMinutes(5);

        governor.Block(Host, until);

        Assert.Equal(until, governor.BlockedUntil(new Uri("https://PDS.example.com/xrpc/any")));
        Assert.Equal(until, governor.BlockedUntil(Host, "uploads"));
        Assert.Null(governor.BlockedUntil(new Uri("https://pds.example.com:8443")));
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Null(governor.BlockedUntil(Host));
    }

    [Fact]
    public void A_block_of_one_bucket_leaves_the_others_free()
    {
        var governor = Governor();

        governor.Block(Host, _time.GetUtcNow().AddHours(3), "uploads");

        Assert.Null(governor.BlockedUntil(Host));
        Assert.Null(governor.BlockedUntil(Host, "logins"));
        Assert.NotNull(governor.BlockedUntil(Host, "uploads"));
    }

    [Fact]
    public void A_block_is_cut_to_the_longest_allowed_and_never_shortened()
    {
        var governor = Governor();

        Assert.Equal(_time.GetUtcNow() + _options.MaxThrottle, governor.Block(Host, DateTimeOffset.MaxValue));
        Assert.Equal(_time.GetUtcNow() + _options.MaxThrottle, governor.Block(Host, _time.GetUtcNow().AddSeconds(1)));
    }

    [Fact]
    public async Task Full_lanes_do_not_hold_up_each_other()
    {
        var governor = Governor();
        var first = await governor.EnterAsync(Host, HostLane.Downloads, Cancel);
        await governor.EnterAsync(Host, HostLane.Downloads, Cancel);

        var third = governor.EnterAsync(Host, HostLane.Downloads, Cancel).AsTask();
        await governor.EnterAsync(Host, HostLane.Uploads, Cancel);
        await governor.EnterAsync(Host, HostLane.Calls, Cancel);

        Assert.False(third.IsCompleted);
        first.Dispose();
        first.Dispose();
        await third;
        Assert.False(governor.EnterAsync(Host, HostLane.Downloads, Cancel).AsTask().IsCompleted);
    }

    [Fact]
    public void Hosts_that_nobody_uses_any_more_are_forgotten_but_blocks_are_kept()
    {
        var governor = Governor();
        governor.Block(Host, _time.GetUtcNow().AddHours(1));

        for (var i = 0; i < 5000; i++) governor.Block(new Uri($"https://h{i}.example.com"), _time.GetUtcNow());

        Assert.NotNull(governor.BlockedUntil(Host));
        Assert.InRange(governor.KnownHosts, 1, 600);
    }

    [Fact]
    public void Endless_buckets_at_one_host_become_one()
    {
        var governor = Governor();

        for (var i = 0; i < 1000; i++) governor.Block(Host, _time.GetUtcNow().AddHours(1), $"login {i}");

        Assert.NotNull(governor.BlockedUntil(Host));
    }

    private HostGovernor Governor() => new(Options.Create(_options), _time, NullLogger<HostGovernor>.Instance);
}
