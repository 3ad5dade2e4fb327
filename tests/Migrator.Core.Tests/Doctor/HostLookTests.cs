using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Doctor;
using Migrator.Core.Tests.AtProto.Xrpc;
using Migrator.Testing.Faults;
using Xunit;

namespace Migrator.Core.Tests.Doctor;

public sealed class HostLookTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, Reply, HostState> Answers => new()
    {
        { "the reference server", Reply.Error(400, "RepoNotFound", "Could not find repo for DID"), HostState.NoAccount },
        { "an older one", Reply.Error(400, "InvalidRequest", "Could not find repo for DID"), HostState.NoAccount },
        { "one that says it by status", Reply.Error(404, "NotFound", "No such repo"), HostState.NoAccount },
        { "a proxy with a page", Reply.Html(404), HostState.Unreachable },
        { "a proxy with nothing", Reply.Empty(404), HostState.Unreachable },
        { "another kind of server", Reply.Json("""{"error":"Not Found","message":"Did not find it"}""", 404), HostState.Unreachable },
        { "a server without this call", Reply.Error(404, "XRPCNotSupported", "Unknown method"), HostState.Unreachable },
        { "one that refuses for another reason", Reply.Error(403, "Forbidden", "Not from here"), HostState.Unreachable },
    };

    [Theory]
    [MemberData(nameof(Answers), DisableDiscoveryEnumeration = true)]
    public async Task Only_the_protocol_s_own_answer_says_that_there_is_no_such_account(string who, Reply answer, HostState state)
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On("com.atproto.sync.getRepoStatus", answer);
        var facts = await HostLook.AskAsync(pds.Anonymous, HostRole.Named, TestPds.Alice, Cancel);
        Assert.True(facts.State == state, $"{who}: {facts.State} {facts.Message}");
        Assert.Equal(state == HostState.Unreachable, facts.Message is { Length: > 0 });
    }
}
