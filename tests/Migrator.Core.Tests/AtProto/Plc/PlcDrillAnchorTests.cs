using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Migrator.Core.AtProto;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Xunit;
using static Migrator.Core.Tests.AtProto.Plc.TestKeys;

namespace Migrator.Core.Tests.AtProto.Plc;

/// <summary>The one operation that nobody was allowed to sign, and everything that keeps it in the sandbox.</summary>
public class PlcDrillAnchorTests
{
    private static readonly Uri Directory = new("http://localhost:2583");

    /// <summary>A log that ends with an operation signed by a key of its own.</summary>
    private static PlcLogBuilder Log() => new PlcLogBuilder()
        .Add(PlcLogBuilder.Body(User, OldServer), OldServer)
        .Add(PlcLogBuilder.Body(User, OldServer), User)
        .Add(PlcLogBuilder.Body(Other), Other);

    private static PlcHistory Replay(PlcLogBuilder log, PlcDrillAnchor? anchor) => PlcAuditLog.Replay(log.Did, log.ToJson(), anchor);

    [Fact]
    public void The_named_operation_is_taken_and_what_follows_keeps_to_the_rules()
    {
        var log = Log();
        var anchor = new PlcDrillAnchor(log.Did, log.Last.Cid, Directory);
        Assert.Equal(Other.PublicKey, Replay(log, anchor).Head.SignedBy);
        log.Add(PlcLogBuilder.Body(NewServer, Other), Other);
        Assert.Equal(NewServer.PublicKey.DidKey, Replay(log, anchor).Current.RotationKeys[0]);
        log.Add(PlcLogBuilder.Body(User), User); // its rotation key was taken out
        Assert.Equal(PlcFault.BadSignature, Assert.Throws<PlcFaultException>(() => Replay(log, anchor)).Fault);
    }

    [Fact]
    public void Without_it_for_another_operation_and_for_another_identity_the_log_is_refused()
    {
        var log = Log();
        PlcDrillAnchor?[] anchors =
        [
            null,
            new PlcDrillAnchor(log.Did, log.Operations[1].Cid, Directory),
            new PlcDrillAnchor(Did.Parse("did:plc:ewvi7nxzyoun6zhxrhs64oiz"), log.Last.Cid, Directory),
        ];
        foreach (var anchor in anchors)
            Assert.Equal(PlcFault.BadSignature, Assert.Throws<PlcFaultException>(() => Replay(log, anchor)).Fault);
    }

    [Fact]
    public void It_overrules_nothing_and_follows_no_end()
    {
        var overruling = new PlcLogBuilder()
            .Add(PlcLogBuilder.Body(User, OldServer), OldServer)
            .Add(PlcLogBuilder.Body(User, OldServer), OldServer, nullified: true)
            .Add(PlcLogBuilder.Body(Other), Other, follows: 0);
        Assert.Equal(PlcFault.BadSignature, Fault(overruling));
        var ended = new PlcLogBuilder().Add(PlcLogBuilder.Body(User), User).AddTombstone(User);
        Assert.Equal(PlcFault.BadOrder, Fault(ended.Add(PlcLogBuilder.Body(Other), Other)));

        static PlcFault Fault(PlcLogBuilder log) =>
            Assert.Throws<PlcFaultException>(() => Replay(log, new PlcDrillAnchor(log.Did, log.Last.Cid, Directory))).Fault;
    }

    [Theory]
    [InlineData("https://plc.directory")]
    [InlineData("http://plc.directory")]
    [InlineData("https://localhost:2583")]
    [InlineData("http://10.0.0.1:2583")]
    [InlineData("http://localhost.example.com:2583")]
    public void A_directory_that_is_not_on_loopback_cannot_have_one(string directory)
    {
        var log = Log();
        Assert.Throws<ArgumentException>(() => new PlcDrillAnchor(log.Did, log.Last.Cid, new Uri(directory)));
    }

    [Theory]
    [InlineData("https://plc.directory")]
    [InlineData("http://localhost:2584")]
    public void A_client_of_another_directory_refuses_it(string directory)
    {
        var log = Log();
        var anchor = new PlcDrillAnchor(log.Did, log.Last.Cid, Directory);
        using var network = new PlcNetwork(new Uri(directory));
        var options = Options.Create(new PlcOptions { Url = new Uri(directory) });
        Assert.Throws<ArgumentException>(() => new PlcClient(network.Get<XrpcClient>(), options, TimeProvider.System, anchor));
    }

    [Fact]
    public void The_program_has_none_whatever_its_settings_say()
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Migrator:Plc:Anchor"] = "bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy",
            ["Migrator:Plc:DrillAnchor:Cid"] = "bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy",
        }).Build();
        using var services = new ServiceCollection().AddLogging().AddAtProto(settings).BuildServiceProvider();
        Assert.Null(services.GetService<PlcDrillAnchor>());
    }
}
