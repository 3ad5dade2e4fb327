using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Migrator.Core.AtProto.Net;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Drills;
using Migrator.Core.Migrations;
using Xunit;

namespace Migrator.Core.Tests.Drills;

/// <summary>The world that a drill's restore lives in has two servers, and no way to any other.</summary>
public sealed class SandboxWorldTests
{
    private static readonly SandboxFacts Facts =
        new(new Uri("http://localhost:1"), new Uri("http://localhost:2"), "did:web:localhost%3A2", [".sandbox.test"]);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("https://plc.directory/did:plc:ewvi7nxzyoun6zhxrhs64oiz")]
    [InlineData("https://localhost:1/")]
    [InlineData("http://localhost:3/")]
    [InlineData("http://127.0.0.1:1/")]
    [InlineData("http://localhost.example.com:1/")]
    public async Task Nobody_else_is_called(string url)
    {
        await using var world = Build();
        var client = world.GetRequiredService<IHttpClientFactory>().CreateClient(GuardedHttp.ClientName);
        // What is not encrypted and not the sandbox is refused a door earlier.
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => client.GetAsync(new Uri(url), Cancel));
        var kept = refused is BlockedAddressException || refused.Message.Contains("nobody but its sandbox", StringComparison.Ordinal);
        Assert.True(kept, refused.ToString());
    }

    [Fact]
    public async Task Its_directory_is_that_of_the_sandbox_and_every_step_of_a_restore_is_there()
    {
        await using var world = Build();
        Assert.Equal(Facts.Directory, world.GetRequiredService<PlcClient>().Directory);
        Assert.Empty(MigrationPlan.Restore.Except(world.GetServices<IMigrationStep>().Select(step => step.Name)));
    }

    [Fact]
    public async Task No_name_but_localhost_is_looked_up()
    {
        var names = new LoopbackNames();
        Assert.True(IPAddress.IsLoopback(Assert.Single(await names.ResolveAsync("localhost", Cancel))));
        await Assert.ThrowsAsync<SocketException>(async () => await names.ResolveAsync("bsky.social", Cancel));
    }

    private static ServiceProvider Build()
    {
        var did = Did.Parse("did:plc:ewvi7nxzyoun6zhxrhs64oiz");
        var anchor = new PlcDrillAnchor(did, Cid.ForDagCbor([1]), Facts.Directory);
        var request = new MigrationRequest { Did = did, SourcePds = new Uri("https://gone.example.com") };
        var migration = new Migration(MigrationId.New(), "drill", request, 1, new MigrationProgress(), default, default);
        var store = new MemoryMigration(migration, _ => { }, _ => { });
        var nothing = new ProvenSnapshot(null!, new Dictionary<Cid, Core.Backups.BlobEntry>());
        return SandboxWorld.Build(
            Facts, anchor, Path.GetTempPath(), store, new MemorySecrets(), nothing, TimeProvider.System, NullLoggerFactory.Instance);
    }
}
