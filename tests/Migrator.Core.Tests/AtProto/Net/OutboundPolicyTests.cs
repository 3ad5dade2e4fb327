using System.Net;
using Microsoft.Extensions.Options;
using Migrator.Core.AtProto.Net;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Net;

public sealed class OutboundPolicyTests
{
    [Theory]
    [InlineData("https://pds.example.com")]
    [InlineData("https://pds.example.com:8443/xrpc/x?y=z")]
    [InlineData("https://192.168.1.1")]
    public void An_https_url_passes_until_its_address_is_known(string url) => Assert.True(Policy().AllowsUrl(new Uri(url), out _));

    [Theory]
    [InlineData("http://pds.example.com")]
    [InlineData("http://localhost:2584")]
    [InlineData("ftp://pds.example.com")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://127.0.0.1:70/")]
    [InlineData("https://user:pass@pds.example.com")]
    [InlineData("https://user@pds.example.com")]
    public void A_url_of_another_kind_is_refused(string url)
    {
        Assert.False(Policy().AllowsUrl(new Uri(url), out var reason));
        Assert.NotEmpty(reason);
    }

    [Theory]
    [InlineData("localhost:2584", "http://localhost:2584", true)]
    [InlineData("localhost:2584", "http://LOCALHOST:2584", true)]
    [InlineData("localhost:2584", "http://localhost:2585", false)]
    [InlineData("localhost:2584", "http://127.0.0.1:2584", false)]
    [InlineData("localhost:2584", "http://evil-localhost:2584", false)]
    [InlineData("127.0.0.1:*", "http://127.0.0.1:9", true)]
    [InlineData("127.0.0.1:*", "http://2130706433:9", true)]
    [InlineData("[::1]:80", "http://[0:0::1]/", true)]
    [InlineData("[::1]:*", "http://[::2]/", false)]
    [InlineData("10.1.0.0/16", "http://10.1.2.3:5000", true)]
    [InlineData("10.1.0.0/16", "http://10.2.2.3:5000", false)]
    [InlineData("10.1.0.0/16", "http://name.example:5000", false)]
    [InlineData("fd00::/8", "http://[fd00::1]:1", true)]
    public void Plain_http_goes_only_to_listed_hosts(string entry, string url, bool allowed) =>
        Assert.Equal(allowed, Policy(entry).AllowsUrl(new Uri(url), out _));

    [Fact]
    public void A_listed_name_may_lead_to_a_private_address_and_others_may_not()
    {
        var policy = Policy("home.example.net:443", "192.168.7.0/24");

        Assert.True(policy.AllowsAddress("home.example.net", 443, IPAddress.Parse("192.168.1.5")));
        Assert.False(policy.AllowsAddress("home.example.net", 444, IPAddress.Parse("192.168.1.5")));
        Assert.False(policy.AllowsAddress("other.example.net", 443, IPAddress.Parse("192.168.1.5")));
        Assert.True(policy.AllowsAddress("other.example.net", 443, IPAddress.Parse("192.168.7.5")));
        Assert.True(policy.AllowsAddress("other.example.net", 443, IPAddress.Parse("::ffff:192.168.7.5")));
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("localhost:")]
    [InlineData("localhost:0")]
    [InlineData("localhost:65536")]
    [InlineData("localhost:-1")]
    [InlineData(":80")]
    [InlineData("::1:80")]
    [InlineData("10.0.0.0/33")]
    [InlineData("host name:80")]
    [InlineData("http://localhost:80")]
    [InlineData("")]
    public void An_entry_that_says_nothing_clear_is_a_fault(string entry)
    {
        var options = new NetworkOptions { AllowPrivate = { entry } };

        var result = new NetworkOptionsValidator().Validate(null, options);

        Assert.Contains("Migrator:Network:AllowPrivate:0", result.FailureMessage, StringComparison.Ordinal);
        Assert.Contains($"\"{entry}\"", result.FailureMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_of_the_settings_are_told_at_once()
    {
        var options = new NetworkOptions { ConnectTimeout = TimeSpan.Zero, MaxHeaderKibibytes = 9999, SafeAttempts = 0 };

        var result = new NetworkOptionsValidator().Validate(null, options);

        Assert.Equal(3, result.Failures!.Count());
        Assert.Contains(result.Failures!, fault => fault.Contains("ConnectTimeout is 00:00:00", StringComparison.Ordinal));
        Assert.Contains(result.Failures!, fault => fault.Contains("MaxHeaderKibibytes is 9999", StringComparison.Ordinal));
        Assert.True(new NetworkOptionsValidator().Validate(null, new NetworkOptions()).Succeeded);
    }

    private static OutboundPolicy Policy(params string[] entries)
    {
        var options = new NetworkOptions();
        foreach (var entry in entries) options.AllowPrivate.Add(entry);
        Assert.True(new NetworkOptionsValidator().Validate(null, options).Succeeded);
        return new OutboundPolicy(Options.Create(options));
    }
}
