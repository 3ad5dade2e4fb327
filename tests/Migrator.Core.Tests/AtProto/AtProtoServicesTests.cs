using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Migrator.Core.AtProto;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Net;
using Migrator.Core.AtProto.Xrpc;
using Xunit;

namespace Migrator.Core.Tests.AtProto;

public sealed class AtProtoServicesTests
{
    [Fact]
    public async Task Bad_settings_stop_the_start_and_are_told_together()
    {
        using var host = Build(
            ("Migrator:Network:AllowPrivate:0", "nonsense"),
            ("Migrator:Network:ConnectTimeout", "00:00:00"),
            ("Migrator:Plc:Url", "plc.directory"),
            ("Migrator:Identity:HandleResolvers:0", "ftp://x"));

        var fault = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync(TestContext.Current.CancellationToken));

        var text = fault.ToString();
        Assert.Contains("Migrator:Network:AllowPrivate:0 is \"nonsense\"", text, StringComparison.Ordinal);
        Assert.Contains("Migrator:Network:ConnectTimeout is 00:00:00", text, StringComparison.Ordinal);
        Assert.Contains("Migrator:Plc:Url is \"plc.directory\"", text, StringComparison.Ordinal);
        Assert.Contains("Migrator:Identity:HandleResolvers:0 is \"ftp://x\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Good_settings_are_bound_and_everything_can_be_made()
    {
        using var host = Build(
            ("Migrator:Network:AllowPrivate:0", "localhost:2584"),
            ("Migrator:Network:IdleTimeout", "00:00:45"),
            ("Migrator:Plc:Url", "http://localhost:2583"),
            ("Migrator:Identity:DohUrl", ""),
            ("Migrator:Identity:HandleResolvers:0", "http://localhost:2584"));
        await host.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(TimeSpan.FromSeconds(45), host.Services.GetRequiredService<IOptions<NetworkOptions>>().Value.IdleTimeout);
        Assert.True(host.Services.GetRequiredService<OutboundPolicy>().IsListed("localhost", 2584));
        Assert.NotNull(host.Services.GetRequiredService<PdsClientFactory>());
        Assert.NotNull(host.Services.GetRequiredService<IdentityResolver>());
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    private static IHost Build(params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.Services.AddAtProto(builder.Configuration);
        return builder.Build();
    }
}
