using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Testing.Faults;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.AtProto;

/// <summary>Every writing call of the client, in the order of a move, and what the network does to them.</summary>
public sealed class PdsClientMoveTests(SharedNetwork shared)
{
    private const string CreateAccountNsid = "com.atproto.server.createAccount";
    private const string NewPassword = "another battery staple";
    private static readonly FillOptions Small = new() { Posts = 4, Images = 3, Likes = 1, Reposts = 0, Follows = 1 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_account_moves_call_by_call()
    {
        var network = await shared.GetAsync(Cancel);
        using var live = new LiveClients(network);
        var account = await network.CreateAccountAsync(network.A, Cancel, fill: Small);
        var did = Did.Parse(account.Did);
        var before = await network.SnapshotAsync(network.A, account.Did, Cancel, account.Password);
        var handle = Handle.Parse(network.NewHandle(network.B));
        var old = await live.OwnerAsync(account, Cancel);

        await CreateAsync(live, network.B.Url, network.B.Did, old, did, handle);
        var (target, _) = await live.SignInAsync(network.B.Url, account.Did, NewPassword, Cancel);
        await ImportAsync(old, target, did);
        await CopyBlobsAsync(old, target, did);
        Assert.True((await target.PutPreferencesAsync((await old.GetPreferencesAsync(Cancel)).Value, Cancel)).IsOk);
        Assert.False((await target.CheckAccountStatusAsync(Cancel)).Value.ValidDid);
        Assert.False((await target.ActivateAccountAsync(Cancel)).IsOk);

        Assert.True((await old.RequestPlcOperationSignatureAsync(Cancel)).IsOk);
        var code = await network.ReadCodeAsync(network.A, account.Did, Cancel);
        var wanted = (await target.GetRecommendedDidCredentialsAsync(Cancel)).Value;
        Assert.Equal($"at://{handle}", wanted.AlsoKnownAs[0]);
        Assert.Equal(new ServiceEntry("AtprotoPersonalDataServer", network.B.Url), wanted.Services["atproto_pds"]);
        var request = new SignPlcRequest(
            code!.ToLowerInvariant(), wanted.RotationKeys, wanted.AlsoKnownAs, wanted.VerificationMethods, wanted.Services);
        Assert.Equal("InvalidToken", (await old.SignPlcOperationAsync(request with { Token = "AAAAA-AAAAA" }, Cancel)).Error.Name);
        var operation = (await old.SignPlcOperationAsync(request, Cancel)).Value;
        Assert.True((await target.SubmitPlcOperationAsync(operation, Cancel)).IsOk);
        Assert.False((await target.SubmitPlcOperationAsync(operation, Cancel)).IsOk);

        Assert.True((await target.ActivateAccountAsync(Cancel)).IsOk);
        Assert.True((await target.CreateEmptyCommitAsync(did, Cancel)).IsOk);
        Assert.True((await old.DeactivateAccountAsync(Cancel)).IsOk);
        var status = (await target.CheckAccountStatusAsync(Cancel)).Value;
        Assert.True(status is { Activated: true, ValidDid: true });
        var report = await network.JudgeAsync(
            new(before, network.B) { Handle = handle.ToString(), Password = NewPassword, From = network.A }, Cancel);
        Assert.True(report.Ok, report.ToString());
    }

    [Fact]
    public async Task An_account_that_was_made_though_the_answer_was_lost_exists_at_the_second_try()
    {
        var network = await shared.GetAsync(Cancel);
        using var live = new LiveClients(network);
        var account = await network.CreateAccountAsync(network.A, Cancel, fill: Small);
        var old = await live.OwnerAsync(account, Cancel);
        var jwt = (await old.GetServiceAuthAsync(network.B.Did, CreateAccountNsid, DateTimeOffset.UtcNow.AddMinutes(10), Cancel)).Value;
        await using var proxy = FaultProxy.Start(new Uri(network.B.Url)).Next(FaultPlan.DropReply);
        var handle = Handle.Parse(network.NewHandle(network.B));
        var request = new CreateAccount(Did.Parse(account.Did), handle, "x-" + account.Email, NewPassword);
        var client = live.Anonymous(proxy.Url.ToString());

        Assert.Equal(XrpcFailure.Unreachable, (await client.CreateAccountAsync(request, jwt, Cancel)).Error.Failure);
        Assert.Equal(XrpcErrorNames.AlreadyExists, (await client.CreateAccountAsync(request, jwt, Cancel)).Error.Name);
        var session = (await client.CreateSessionAsync(account.Did, NewPassword, null, Cancel)).Value;
        Assert.Equal((false, "deactivated"), (session.Active, session.Status));
    }

    [Fact]
    public async Task A_repo_that_is_cut_off_or_stalls_is_never_taken_for_whole()
    {
        var network = await shared.GetAsync(Cancel);
        using var live = new LiveClients(network, ("Migrator:Network:IdleTimeout", "00:00:01"));
        var account = await network.CreateAccountAsync(network.A, Cancel, fill: Small);
        var did = Did.Parse(account.Did);
        await using var proxy = FaultProxy.Start(new Uri(network.A.Url))
            .Next(FaultPlan.CutReplyAfter(3000)).Next(FaultPlan.StallReplyAfter(3000));
        var client = live.Anonymous(proxy.Url.ToString());

        await using (var cut = (await client.GetRepoAsync(did, null, Cancel)).Value)
            Assert.Equal(XrpcFailure.Unreachable, (await cut.CopyToAsync(Stream.Null, Cancel)).Error.Failure);
        await using (var stalled = (await client.GetRepoAsync(did, null, Cancel)).Value)
            Assert.Equal(XrpcFailure.TimedOut, (await stalled.CopyToAsync(Stream.Null, Cancel)).Error.Failure);
        await using (var whole = (await client.GetRepoAsync(did, null, Cancel)).Value)
            Assert.True((await whole.CopyToAsync(Stream.Null, Cancel)).IsOk);
    }

    [Fact]
    public async Task A_server_with_small_limits_names_them()
    {
        var network = await shared.GetAsync(Cancel);
        using var live = new LiveClients(network);
        var limits = new PdsOptions(".strict.test") { MaxImport = 2000, BlobLimit = 1_000_000, RateLimits = true };
        await using var strict = await network.StartPdsAsync(limits, Cancel);
        var account = await network.CreateAccountAsync(strict, Cancel, fill: Small with { Images = 0, Recipes = 0, Orphans = 0 });
        var owner = await live.OwnerAsync(account, Cancel);

        // Large enough that the answer overtakes the body.
        var import = (await owner.ImportRepoAsync(new MemoryStream(new byte[8 << 20]), 8 << 20, Cancel)).Error;
        var unknownLength = (await owner.UploadBlobAsync(new MemoryStream(new byte[2 << 20]), null, "image/png", Cancel)).Error;
        Assert.Equal((413, XrpcFailure.Refused), (import.Status, import.Failure));
        Assert.Equal((413, XrpcErrorNames.PayloadTooLarge), (unknownLength.Status, unknownLength.Name));

        // 30 wrong passwords in 5 minutes are allowed.
        var logins = await Task.WhenAll(Enumerable.Range(0, 40).Select(
            _ => live.Anonymous(strict.Url).CreateSessionAsync("nobody.strict.test", "wrong", null, Cancel)));
        var throttled = logins.Where(login => login.Error.Failure == XrpcFailure.Throttled).ToList();
        Assert.InRange(throttled.Count, 1, 10);
        var latest = DateTimeOffset.UtcNow.AddMinutes(5).AddSeconds(2);
        Assert.All(throttled, login => Assert.InRange(login.Error.RetryAt!.Value, DateTimeOffset.UtcNow, latest));
        Assert.True((await owner.GetSessionAsync(Cancel)).IsOk);
    }

    private static async Task CreateAsync(LiveClients live, string url, string serviceDid, PdsClient old, Did did, Handle handle)
    {
        var jwt = (await old.GetServiceAuthAsync(serviceDid, CreateAccountNsid, DateTimeOffset.UtcNow.AddMinutes(30), Cancel)).Value;
        var request = new CreateAccount(did, handle, $"{handle}@example.com", NewPassword);
        var created = (await live.Anonymous(url).CreateAccountAsync(request, jwt, Cancel)).Value;
        Assert.Equal((did, handle), (created.Tokens.Did, created.Handle));
        Assert.Equal(XrpcErrorNames.AlreadyExists, (await live.Anonymous(url).CreateAccountAsync(request, jwt, Cancel)).Error.Name);
    }

    private static async Task ImportAsync(PdsClient old, PdsClient target, Did did)
    {
        var file = new MemoryStream();
        await using (var car = (await old.GetRepoAsync(did, null, Cancel)).Value) await car.CopyToAsync(file, Cancel);
        file.Position = 0;
        Assert.True((await target.ImportRepoAsync(file, file.Length, Cancel)).IsOk);
        Assert.Equal(
            (await old.CheckAccountStatusAsync(Cancel)).Value.RepoCommit, (await target.CheckAccountStatusAsync(Cancel)).Value.RepoCommit);
    }

    /// <summary>Straight from server to server, without a file between.</summary>
    private static async Task CopyBlobsAsync(PdsClient old, PdsClient target, Did did)
    {
        var missing = (await target.ListMissingBlobsAsync(Cancel)).Value;
        Assert.Equal((await old.ListBlobsAsync(did, null, Cancel)).Value.Count, missing.Count);
        await Parallel.ForEachAsync(missing, Cancel, async (blob, cancel) =>
        {
            await using var source = (await old.GetBlobAsync(did, blob.Cid, cancel)).Value;
            var uploaded = (await target.UploadBlobAsync(source.Stream, source.Length, source.ContentType!, cancel)).Value;
            Assert.Equal((blob.Cid, source.Length), (uploaded.Cid, uploaded.Size));
        });
        Assert.Empty((await target.ListMissingBlobsAsync(Cancel)).Value);
    }
}
