using System.Security.Cryptography;
using System.Text.Json;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.AtProto;

/// <summary>The client against reference servers: reading, signing in, and what each refusal is called.</summary>
public sealed class PdsClientTests(SharedNetwork shared)
{
    private static readonly FillOptions Small = new() { Posts = 3, Images = 2, Likes = 1, Reposts = 0, Follows = 1 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_describes_itself()
    {
        var network = await shared.GetAsync(Cancel);
        using var live = new LiveClients(network);

        var server = (await live.Anonymous(network.A.Url).DescribeServerAsync(Cancel)).Value;

        Assert.Equal(network.A.Did, server.Did);
        Assert.Equal([".a.test"], server.AvailableUserDomains);
        Assert.False(server.InviteCodeRequired);
    }

    [Fact]
    public async Task Signing_in_tells_main_and_app_passwords_and_wrong_ones_apart()
    {
        var network = await shared.GetAsync(Cancel);
        using var live = new LiveClients(network);
        var account = await network.CreateAccountAsync(network.A, Cancel, fill: Small);
        var owner = await account.SignInAsync(Cancel);
        var app = await owner.PostAsync("com.atproto.server.createAppPassword", new { name = "test" }, Cancel);
        var client = live.Anonymous(network.A.Url);

        var main = (await client.CreateSessionAsync(account.Handle, account.Password, null, Cancel)).Value;
        var byApp = (await client.CreateSessionAsync(account.Did, app.GetProperty("password").GetString()!, null, Cancel)).Value;
        var wrong = (await client.CreateSessionAsync(account.Handle, "wrong", null, Cancel)).Error;

        Assert.Equal((account.Did, false, true), (main.Tokens.Did.ToString(), main.IsAppPassword, main.Active));
        Assert.Equal(account.Handle, main.Handle.ToString());
        Assert.True(byApp.IsAppPassword);
        Assert.Equal((XrpcFailure.Refused, XrpcErrorNames.AuthenticationRequired, 401), (wrong.Failure, wrong.Name, wrong.Status));

        var asApp = live.WithSession(network.A.Url, new Testing.MemorySessionVault(byApp.Tokens));
        Assert.Equal(XrpcErrorNames.InvalidToken, (await asApp.RequestPlcOperationSignatureAsync(Cancel)).Error.Name);
        var soon = DateTimeOffset.UtcNow.AddMinutes(5);
        Assert.False((await asApp.GetServiceAuthAsync(network.B.Did, "com.atproto.server.createAccount", soon, Cancel)).IsOk);
    }

    [Fact]
    public async Task A_taken_down_account_says_so()
    {
        var network = await shared.GetAsync(Cancel);
        using var live = new LiveClients(network);
        var account = await network.CreateAccountAsync(network.A, Cancel, fill: Small);
        await network.A.Admin.TakeDownAsync(account.Did, true, Cancel);
        var client = live.Anonymous(network.A.Url);

        var refused = (await client.CreateSessionAsync(account.Handle, account.Password, null, Cancel)).Error;
        Assert.Equal(XrpcErrorNames.AccountTakedown, refused.Name);
        Assert.Equal(XrpcErrorNames.RepoTakendown, (await client.GetLatestCommitAsync(Did.Parse(account.Did), Cancel)).Error.Name);
        Assert.Equal(new RepoStatus(false, "takendown", null), (await client.GetRepoStatusAsync(Did.Parse(account.Did), Cancel)).Value);
    }

    [Fact]
    public async Task An_account_is_read_whole()
    {
        var network = await shared.GetAsync(Cancel);
        using var live = new LiveClients(network);
        var account = await network.CreateAccountAsync(network.A, Cancel, fill: Small);
        var did = Did.Parse(account.Did);
        var owner = await live.OwnerAsync(account, Cancel);

        var status = (await owner.CheckAccountStatusAsync(Cancel)).Value;
        var head = (await owner.GetLatestCommitAsync(did, Cancel)).Value;
        var blobs = (await owner.ListBlobsAsync(did, null, Cancel)).Value;

        Assert.True(status is { Activated: true, ValidDid: true });
        Assert.Equal((status.RepoCommit, status.RepoRev), (head.Cid, head.Rev.ToString()));
        Assert.Equal(account.Records, status.IndexedRecords);
        Assert.Equal(account.Blobs.Select(blob => blob.Cid).Order(), blobs.Select(cid => cid.ToString()).Order());
        Assert.Equal(new RepoStatus(true, null, status.RepoRev), (await owner.GetRepoStatusAsync(did, Cancel)).Value);
        Assert.Equal(account.Handle, (await owner.GetSessionAsync(Cancel)).Value.Handle.ToString());
        Assert.Equal(JsonValueKind.Array, (await owner.GetPreferencesAsync(Cancel)).Value.ValueKind);
        Assert.Empty((await owner.ListMissingBlobsAsync(Cancel)).Value);
        Assert.Equal(did, (await owner.ResolveHandleAsync(Handle.Parse(account.Handle), Cancel)).Value);

        foreach (var blob in account.Blobs)
        {
            await using var stream = (await owner.GetBlobAsync(did, Cid.Parse(blob.Cid), Cancel)).Value;
            var digest = await SHA256.HashDataAsync(stream.Stream, Cancel);
            Assert.Equal(blob.Cid, Cid.FromDigest(CidCodec.Raw, digest).ToString());
            Assert.Equal(blob.Size, stream.Length);
        }
        await using var car = (await owner.GetRepoAsync(did, null, Cancel)).Value;
        var bytes = new MemoryStream();
        Assert.True((await car.CopyToAsync(bytes, Cancel)).Value > status.RepoBlocks * 36);
        Assert.Equal("application/vnd.ipld.car", car.ContentType);
        await using var nothingNew = (await owner.GetRepoAsync(did, status.RepoRev, Cancel)).Value;
        Assert.InRange((await nothingNew.CopyToAsync(Stream.Null, Cancel)).Value, 1, bytes.Length - 1);
    }

    [Fact]
    public async Task What_is_not_there_is_refused_by_name()
    {
        var network = await shared.GetAsync(Cancel);
        using var live = new LiveClients(network);
        var account = await network.CreateAccountAsync(network.A, Cancel, fill: Small);
        var did = Did.Parse(account.Did);
        var client = live.Anonymous(network.A.Url);
        var nobody = Did.Parse("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa");

        Assert.Equal(XrpcErrorNames.RepoNotFound, (await client.GetRepoStatusAsync(nobody, Cancel)).Error.Name);
        Assert.Equal(XrpcErrorNames.RepoNotFound, (await client.GetRepoAsync(nobody, null, Cancel)).Error.Name);
        Assert.Equal("Blob not found", (await client.GetBlobAsync(did, Cid.ForRaw("nothing"u8), Cancel)).Error.Message);
        Assert.Equal(XrpcFailure.Refused, (await client.ResolveHandleAsync(Handle.Parse("nobody.a.test"), Cancel)).Error.Failure);
        Assert.Equal(XrpcFailure.Refused, (await client.CheckAccountStatusAsync(Cancel)).Error.Failure);
    }

    [Fact]
    public async Task A_deactivated_account_is_read_by_its_owner_alone()
    {
        var network = await shared.GetAsync(Cancel);
        using var live = new LiveClients(network);
        var account = await network.CreateAccountAsync(network.A, Cancel, fill: Small);
        var did = Did.Parse(account.Did);
        var owner = await live.OwnerAsync(account, Cancel);

        Assert.True((await owner.DeactivateAccountAsync(Cancel)).IsOk);

        Assert.Equal(XrpcErrorNames.RepoDeactivated, (await live.Anonymous(network.A.Url).GetRepoAsync(did, null, Cancel)).Error.Name);
        await using (var car = (await owner.GetRepoAsync(did, null, Cancel)).Value)
            Assert.True((await car.CopyToAsync(Stream.Null, Cancel)).IsOk);
        await using (var blob = (await owner.GetBlobAsync(did, Cid.Parse(account.Blobs[0].Cid), Cancel)).Value)
            Assert.True((await blob.CopyToAsync(Stream.Null, Cancel)).IsOk);
        Assert.Equal(XrpcErrorNames.AccountDeactivated, (await owner.CreateEmptyCommitAsync(did, Cancel)).Error.Name);
        Assert.True((await owner.ActivateAccountAsync(Cancel)).IsOk);
        Assert.True((await owner.CreateEmptyCommitAsync(did, Cancel)).IsOk);
    }

    [Fact]
    public async Task An_expired_access_token_is_refreshed_once_for_all_who_wait()
    {
        var network = await shared.GetAsync(Cancel);
        using var live = new LiveClients(network);
        var account = await network.CreateAccountAsync(network.A, Cancel, fill: Small);
        var (_, vault) = await live.SignInAsync(network.A.Url, account.Handle, account.Password, Cancel);
        var tokens = (await vault.ReadAsync(Cancel))!;
        await vault.WriteAsync(tokens with { AccessJwt = ServerTokens.Expire(network.A, tokens.AccessJwt) }, Cancel);

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(
            _ => live.WithSession(network.A.Url, vault).GetSessionAsync(Cancel)));

        Assert.All(results, result => Assert.Equal(account.Did, result.Value.Did.ToString()));
        Assert.Equal(2, vault.Written.Count);
    }

    [Fact]
    public async Task A_session_that_was_ended_elsewhere_is_lost()
    {
        var network = await shared.GetAsync(Cancel);
        using var live = new LiveClients(network);
        var account = await network.CreateAccountAsync(network.A, Cancel, fill: Small);
        var (client, vault) = await live.SignInAsync(network.A.Url, account.Handle, account.Password, Cancel);
        var tokens = (await vault.ReadAsync(Cancel))!;
        // The operator's new password ends every session; the access token would live on for its two hours.
        await network.A.Admin.SetPasswordAsync(account.Did, "something else entirely", Cancel);
        await vault.WriteAsync(tokens with { AccessJwt = ServerTokens.Expire(network.A, tokens.AccessJwt) }, Cancel);

        Assert.Equal(XrpcFailure.SessionLost, (await client.GetSessionAsync(Cancel)).Error.Failure);
    }
}
