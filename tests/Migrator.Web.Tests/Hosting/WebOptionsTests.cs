using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Migrator.Web.Hosting;

namespace Migrator.Web.Tests.Hosting;

public sealed class WebOptionsTests
{
    [Fact]
    public void Without_settings_it_listens_on_loopback_only()
    {
        var options = Read();
        Assert.Equal("http://127.0.0.1:5210/", options.Url.ToString());
        Assert.Equal(System.Net.IPAddress.Loopback, options.BindAddress);
        Assert.False(options.Door.AllowRemote);
        Assert.Equal(Path.GetFullPath("data"), options.DataFolder);
        Assert.Equal(ProcessRole.All, options.Role);
    }

    [Theory]
    [InlineData("http://0.0.0.0:5210")]
    [InlineData("http://192.168.1.10:5210")]
    [InlineData("http://[::]:5210")]
    public void An_address_that_others_reach_is_refused_unless_allowed(string url)
    {
        Assert.Contains("AllowRemote", Faults(("Migrator:Url", url)).Single());
        Assert.Equal(new Uri(url), Read(("Migrator:Url", url), ("Migrator:Door:AllowRemote", "true")).Url);
    }

    [Theory]
    [InlineData("http://localhost:5210")]
    [InlineData("http://127.0.0.2:80")]
    [InlineData("http://[::1]:5210")]
    public void Loopback_in_any_spelling_is_fine(string url) => Assert.Equal(new Uri(url), Read(("Migrator:Url", url)).Url);

    [Theory]
    [InlineData("Migrator:Url", "5210", "Migrator:Url")]
    [InlineData("Migrator:Url", "http://127.0.0.1:5210/sub", "without a path")]
    [InlineData("Migrator:Url", "https://127.0.0.1:5210", "proxy")]
    [InlineData("Migrator:Url", "http://move.example:5210", "IP address")]
    [InlineData("Migrator:Role", "boss", "all, web or worker")]
    [InlineData("Migrator:Role", "1", "all, web or worker")]
    [InlineData("Migrator:Log:Json", "yes", "true or false")]
    [InlineData("Migrator:Door:LinkLifetime", "00:00:01", "00:01:00")]
    [InlineData("Migrator:Door:LinkLifetime", "soon", "Migrator:Door")]
    [InlineData("Migrator:Door:IdleTimeout", "400.00:00:00", "IdleTimeout")]
    [InlineData("Migrator:Door:Hosts:0", "*.example", "wildcards")]
    [InlineData("Migrator:Door:PublicUrl", "move.example", "PublicUrl")]
    [InlineData("Kestrel:Endpoints:Http:Url", "http://0.0.0.0:80", "Kestrel:Endpoints")]
    public void A_bad_setting_is_named_with_what_would_be_right(string key, string value, string expected) =>
        Assert.Contains(expected, Faults((key, value)).Single());

    [Fact]
    public void All_bad_settings_are_told_at_once() =>
        Assert.Equal(3, Faults(("Migrator:Url", "x"), ("Migrator:Role", "x"), ("Migrator:Log:Json", "x")).Count);

    private static WebOptions Read(params (string Key, string Value)[] settings) => WebOptions.Read(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(one => KeyValuePair.Create(one.Key, (string?)one.Value))).Build());

    private static List<string> Faults(params (string Key, string Value)[] settings) =>
        [.. Assert.Throws<OptionsValidationException>(() => Read(settings)).Failures];
}
