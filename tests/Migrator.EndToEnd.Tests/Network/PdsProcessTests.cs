using System.Globalization;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Network;

/// <summary>The PDSes of the test network: their settings work, and they die and come back as tests need it.</summary>
public sealed class PdsProcessTests(SharedNetwork shared)
{
    private static readonly FillOptions Small = new() { Posts = 1, Images = 1, Recipes = 0, Orphans = 0 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mailed_code_can_be_read_and_made_too_old()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel, fill: Small);
        Assert.Null(await network.ReadCodeAsync(network.A, account.Did, Cancel));
        var owner = await account.SignInAsync(Cancel);
        await owner.PostAsync("com.atproto.identity.requestPlcOperationSignature", null, Cancel);
        var token = await network.ReadCodeAsync(network.A, account.Did, Cancel);
        Assert.Matches("^[A-Z2-7]{5}-[A-Z2-7]{5}$", token);
        await network.AgeCodeAsync(network.A, account.Did, TimeSpan.FromMinutes(16), Cancel);
        var refused = await Assert.ThrowsAsync<XrpcSessionException>(
            () => owner.PostAsync("com.atproto.identity.signPlcOperation", new { token }, Cancel));
        Assert.Contains("ExpiredToken", refused.Body);
    }

    [Fact]
    public async Task A_killed_server_comes_back_with_its_accounts()
    {
        var network = await shared.GetAsync(Cancel);
        await using var pds = await network.StartPdsAsync(new(".c.test"), Cancel);
        var account = await network.CreateAccountAsync(pds, Cancel, fill: Small);
        var before = await network.SnapshotAsync(pds, account.Did, Cancel);
        await pds.KillAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => account.SignInAsync(Cancel));
        await pds.StartAgainAsync(Cancel);
        var report = await network.JudgeAsync(new(before, pds) { Handle = account.Handle }, Cancel);
        Assert.True(report.Ok, report.ToString());
    }

    [Fact]
    public async Task A_frozen_server_does_not_answer_until_it_thaws()
    {
        var network = await shared.GetAsync(Cancel);
        await using var pds = await network.StartPdsAsync(new(".d.test"), Cancel);
        pds.Freeze();
        var answer = new XrpcSession(pds.Url).GetAsync("com.atproto.server.describeServer", Cancel);
        Assert.False(answer.IsCompleted);
        pds.Thaw();
        Assert.Equal(pds.Did, (await answer).GetProperty("did").GetString());
    }

    [Fact]
    public async Task A_server_that_cannot_start_says_why()
    {
        var network = await shared.GetAsync(Cancel);
        string[] arguments = ["--port", network.A.Port.ToString(CultureInfo.InvariantCulture)];
        var refused = await Assert.ThrowsAsync<NodeProcessException>(() => NodeProcess.StartAsync("plc.mjs", arguments, Cancel));
        Assert.Contains("EADDRINUSE", refused.Message);
    }

    [Fact]
    public async Task An_invite_is_demanded_where_it_is_set_so()
    {
        var network = await shared.GetAsync(Cancel);
        await using var pds = await network.StartPdsAsync(new(".e.test") { InviteRequired = true }, Cancel);
        var refused = await Assert.ThrowsAsync<NodeProcessException>(() => network.CreateAccountAsync(pds, Cancel, fill: Small));
        Assert.Contains("invite code", refused.Message);
        var invite = await pds.Admin.CreateInviteAsync(1, Cancel);
        await network.CreateAccountAsync(pds, Cancel, fill: Small with { Invite = invite });
    }

    [Fact]
    public async Task The_limits_for_blobs_and_imports_hold_where_they_are_set()
    {
        var network = await shared.GetAsync(Cancel);
        var options = new PdsOptions(".f.test") { BlobLimit = 10_000, MaxImport = 2_000, KeepsPreferences = false };
        await using var pds = await network.StartPdsAsync(options, Cancel);
        var account = await network.CreateAccountAsync(pds, Cancel, fill: Small);
        var owner = await account.SignInAsync(Cancel);
        var upload = owner.PostBytesAsync("com.atproto.repo.uploadBlob", new byte[10_001], "image/png", Cancel);
        Assert.Equal(413, await StatusAsync(upload));
        var import = owner.PostBytesAsync("com.atproto.repo.importRepo", new byte[2_001], "application/vnd.ipld.car", Cancel);
        Assert.Equal(413, await StatusAsync(import));
        Assert.Equal(400, await StatusAsync(owner.GetAsync("app.bsky.actor.getPreferences", Cancel)));
    }

    [Fact]
    public async Task Bad_input_is_refused_as_the_clients_fault()
    {
        var network = await shared.GetAsync(Cancel);
        var anyone = new XrpcSession(network.A.Url);
        Assert.Equal(400, await StatusAsync(anyone.GetAsync("com.atproto.sync.listBlobs", Cancel, ("did", "no DID"))));
    }

    private static async Task<int> StatusAsync(Task request) => (await Assert.ThrowsAsync<XrpcSessionException>(() => request)).Status;
}
