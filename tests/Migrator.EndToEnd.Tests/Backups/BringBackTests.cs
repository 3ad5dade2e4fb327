using Migrator.Testing.Network;
using Migrator.Web.Features.Backups;
using Xunit;

namespace Migrator.EndToEnd.Tests.Backups;

/// <summary>Deleted posts come back from a sealed snapshot, by the command line, on a reference server.</summary>
public sealed class BringBackTests(SharedNetwork shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Deleted_posts_come_back_from_a_snapshot_and_a_preview_writes_nothing()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        await using var backups = await LiveBackups.StartAsync(network, Cancel);
        await backups.StoreAsync(account.Did, Cancel);
        var key = Path.Combine(backups.Folder, "key.txt");
        var password = Path.Combine(backups.Folder, "password.txt");
        await File.WriteAllTextAsync(key, backups.Identity.RevealText(), Cancel);
        var person = await account.SignInAsync(Cancel);
        var app = await person.PostAsync("com.atproto.server.createAppPassword", new { name = "bring back" }, Cancel);
        await File.WriteAllTextAsync(password, app.GetProperty("password").GetString() + "\n", Cancel);
        var before = await ListAsync(person, account);
        Assert.NotEmpty(before);
        foreach (var uri in before.Keys)
            await person.PostAsync("com.atproto.repo.deleteRecord", new { repo = account.Did, collection = "app.bsky.feed.post", rkey = uri.Split('/')[^1] }, Cancel);
        string[] asked =
        [
            "--vault", backups.VaultFolder, "--identity", key, "--only", "app.bsky.feed.post",
            $"--Migrator:Plc:Url={network.Plc.Url}", "--Migrator:Network:AllowPrivate:0=localhost:*",
            $"--Migrator:Identity:HandleResolvers:0={network.A.Url}",
        ];

        var preview = await VaultCommands.BringBackAsync(asked);
        var afterPreview = await ListAsync(person, account);
        var done = await VaultCommands.BringBackAsync([.. asked, "--password-file", password]);
        var after = await ListAsync(person, account);
        var again = await VaultCommands.BringBackAsync([.. asked, "--password-file", password]);

        Assert.Equal((0, 0, 0), (preview, done, again));
        Assert.Empty(afterPreview);
        Assert.Equal(before.OrderBy(one => one.Key), after.OrderBy(one => one.Key));
    }

    /// <summary>The posts as the server shows them: address and CID.</summary>
    private static async Task<Dictionary<string, string>> ListAsync(XrpcSession person, FilledAccount account)
    {
        var page = await person.GetAsync(
            "com.atproto.repo.listRecords", Cancel, ("repo", account.Did), ("collection", "app.bsky.feed.post"), ("limit", "100"));
        return page.GetProperty("records").EnumerateArray().ToDictionary(
            record => record.GetProperty("uri").GetString()!, record => record.GetProperty("cid").GetString()!);
    }
}
