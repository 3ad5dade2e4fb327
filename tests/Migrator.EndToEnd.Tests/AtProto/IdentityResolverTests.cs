using Migrator.Core.AtProto.Identity;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.AtProto;

/// <summary>Identities as the directory and the servers of the test network give them.</summary>
public sealed class IdentityResolverTests(SharedNetwork shared)
{
    private static readonly FillOptions Tiny = new()
    {
        Posts = 1, Images = 0, Likes = 0, Reposts = 0, Follows = 0, Recipes = 0, Orphans = 0,
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_account_is_found_by_its_handle_and_by_its_did()
    {
        var network = await shared.GetAsync(Cancel);
        using var live = new LiveClients(network);
        var account = await network.CreateAccountAsync(network.B, Cancel, fill: Tiny);

        foreach (var text in (string[])["@" + account.Handle, account.Did])
        {
            var identity = (await live.Get<IdentityResolver>().ResolveAsync(text, Cancel)).Identity!;
            Assert.Equal((account.Did, account.Handle), (identity.Did.ToString(), identity.VerifiedHandle.ToString()));
            Assert.Equal(new Uri(network.B.Url), identity.Pds);
            Assert.StartsWith("did:key:zQ3s", identity.Document.SigningKey!.DidKey, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_older_form_of_keys_is_read_too()
    {
        await using var network = await RealNetwork.StartAsync(Cancel, likeProduction: false);
        using var live = new LiveClients(network);
        var account = await network.CreateAccountAsync(network.A, Cancel, fill: Tiny);

        var identity = (await live.Get<IdentityResolver>().ResolveAsync(account.Did, Cancel)).Identity!;

        var data = await network.Plc.GetDataAsync(account.Did, Cancel);
        Assert.Equal(data.GetProperty("verificationMethods").GetProperty("atproto").GetString(), identity.Document.SigningKey!.DidKey);
    }

    [Fact]
    public async Task What_does_not_exist_is_told_as_that()
    {
        var network = await shared.GetAsync(Cancel);
        using var live = new LiveClients(network);
        var resolver = live.Get<IdentityResolver>();

        Assert.Equal(IdentityProblem.HandleNotFound, (await resolver.ResolveAsync("nobody.a.test", Cancel)).Problem);
        Assert.Equal(IdentityProblem.DidNotFound, (await resolver.ResolveAsync("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", Cancel)).Problem);
    }

    [Fact]
    public async Task A_directory_in_trouble_is_no_missing_identity()
    {
        var network = await shared.GetAsync(Cancel);
        using var live = new LiveClients(network);
        var account = await network.CreateAccountAsync(network.A, Cancel, fill: Tiny);
        await network.Plc.FailReadsAsync(account.Did, PlcFault.Refusal(503, "busy"), Cancel, times: 10);

        Assert.Equal(IdentityProblem.Unreachable, (await live.Get<IdentityResolver>().ResolveAsync(account.Did, Cancel)).Problem);
    }
}
