using System.Net.Http.Headers;
using System.Text.Json;
using Migrator.Testing.Network;

namespace Migrator.EndToEnd.Tests.Network;

/// <summary>
/// A move done by hand, call by call, with no code of Migrator's: it shows that the servers can do it, and gives the judge
/// something that really moved.
/// </summary>
/// <param name="page">The account's page, if its identity is one (did:web).</param>
internal sealed class ReferenceMove(
    RealNetwork network, PdsProcess from, PdsProcess to, FilledAccount account, DidWebProcess? page = null)
{
    private const string NewPassword = "another battery staple";

    public FilledAccount Moved { get; } = account with { Pds = to.Url, Handle = network.NewHandle(to), Password = NewPassword };

    public async Task RunAsync(CancellationToken cancel, bool signNewestCommit = true, bool deactivateOld = true)
    {
        var old = await account.SignInAsync(cancel);
        await CreateAccountAsync(old, cancel);
        var session = await Moved.SignInAsync(cancel);
        await CopyAsync(old, session, cancel);
        await ChangeIdentityAsync(old, session, cancel);
        await session.PostAsync("com.atproto.server.activateAccount", null, cancel);
        if (signNewestCommit)
            await session.PostAsync("com.atproto.repo.applyWrites", new { repo = account.Did, writes = Array.Empty<object>() }, cancel);
        if (deactivateOld)
            await old.PostAsync("com.atproto.server.deactivateAccount", new { }, cancel);
    }

    public async Task CreateAccountAsync(XrpcSession old, CancellationToken cancel)
    {
        const string createAccount = "com.atproto.server.createAccount";
        var auth = await old.GetAsync("com.atproto.server.getServiceAuth", cancel, ("aud", to.Did), ("lxm", createAccount));
        var asOwner = new XrpcSession(to.Url, new AuthenticationHeaderValue("Bearer", auth.GetProperty("token").GetString()));
        await asOwner.PostAsync(createAccount, new
        {
            did = account.Did, handle = Moved.Handle, email = $"new-{account.Email}", password = NewPassword,
        }, cancel);
    }

    /// <param name="blobs">False leaves the files where they are.</param>
    public async Task CopyAsync(XrpcSession old, XrpcSession session, CancellationToken cancel, bool blobs = true)
    {
        var (car, _) = await old.GetBytesAsync("com.atproto.sync.getRepo", cancel, ("did", account.Did));
        await session.PostBytesAsync("com.atproto.repo.importRepo", car, "application/vnd.ipld.car", cancel);
        if (!blobs)
            return;
        var missing = await session.GetAsync("com.atproto.repo.listMissingBlobs", cancel, ("limit", "1000"));
        foreach (var cid in missing.GetProperty("blobs").EnumerateArray().Select(blob => blob.GetProperty("cid").GetString()!))
        {
            var (bytes, type) = await old.GetBytesAsync("com.atproto.sync.getBlob", cancel, ("did", account.Did), ("cid", cid));
            await session.PostBytesAsync("com.atproto.repo.uploadBlob", bytes, type!, cancel);
        }
        var preferences = await old.GetAsync("app.bsky.actor.getPreferences", cancel);
        await session.PostAsync("app.bsky.actor.putPreferences", preferences, cancel);
    }

    public async Task ChangeIdentityAsync(XrpcSession old, XrpcSession session, CancellationToken cancel)
    {
        var wanted = await session.GetAsync("com.atproto.identity.getRecommendedDidCredentials", cancel);
        if (page is not null)
        {
            var key = wanted.GetProperty("verificationMethods").GetProperty("atproto").GetString();
            await page.PublishAsync(cancel, Moved.Handle, key, to.Url);
            return;
        }
        await old.PostAsync("com.atproto.identity.requestPlcOperationSignature", null, cancel);
        var request = wanted.Deserialize<Dictionary<string, JsonElement>>()!;
        request["token"] = JsonSerializer.SerializeToElement(await network.ReadCodeAsync(from, account.Did, cancel));
        var signed = await old.PostAsync("com.atproto.identity.signPlcOperation", request, cancel);
        await session.PostAsync("com.atproto.identity.submitPlcOperation", signed, cancel);
    }
}
