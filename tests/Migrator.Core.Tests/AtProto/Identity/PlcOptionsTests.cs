using Migrator.Core.AtProto.Identity;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Identity;

public class PlcOptionsTests
{
    [Fact]
    public void The_public_directory_is_the_default() => Assert.Equal("https://plc.directory/", new PlcOptions().Url.ToString());

    [Theory]
    [InlineData("https://plc.directory", true)]
    [InlineData("http://localhost:2583", true)]
    [InlineData("https://plc.directory/path", false)]
    [InlineData("https://plc.directory/?q=1", false)]
    [InlineData("https://user@plc.directory", false)]
    [InlineData("ftp://plc.directory", false)]
    [InlineData("plc.directory", false)]
    public void Only_an_origin_is_taken(string url, bool good)
    {
        var result = new PlcOptionsValidator().Validate(null, new PlcOptions { Url = new Uri(url, UriKind.RelativeOrAbsolute) });
        Assert.Equal(good, result.Succeeded);
        if (!good) Assert.Contains($"Migrator:Plc:Url is \"{url}", result.FailureMessage);
    }

    [Fact]
    public void An_empty_setting_is_refused_by_its_name()
    {
        // The binder makes null of an empty text, whatever the type says.
        var result = new PlcOptionsValidator().Validate(null, new PlcOptions { Url = null! });
        Assert.Contains("Migrator:Plc:Url", result.FailureMessage);
    }
}
