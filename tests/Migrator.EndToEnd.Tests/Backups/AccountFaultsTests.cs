using System.Text.Json;
using Migrator.EndToEnd.Tests.Network;
using Migrator.EndToEnd.Tests.Processes;
using Migrator.Jobs.Backups;
using Migrator.Testing.Network;

namespace Migrator.EndToEnd.Tests.Backups;

/// <summary>
/// Whatever becomes of accounts on real servers, as the owner sees it in the real program: one plan, and a different fate for each account.
/// </summary>
public sealed class AccountFaultsTests(SharedNetwork shared)
{
    private static readonly FillOptions Small = new()
    {
        Posts = 10, Images = 1, Likes = 14, Reposts = 0, Follows = 0, Recipes = 0,
        Orphans = 0
    };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_fate_of_an_account_is_said_plainly_and_touches_no_earlier_snapshot()
    {
        var network = await shared.GetAsync(Ct);
        // The identity is looked up each time, instead of once a day while the known server answers.
        await using var world = await PlanWorld.StartAsync(network, Ct, new Dictionary<string,
            string>
        { ["Migrator:Backups:IdentityHours"] = "0" });
        var accounts = await Task.WhenAll(Enumerable.Range(0, 7).Select(_ => network.CreateAccountAsync(network.A, Ct, fill: Small)));
        await world.AddPlanAsync(accounts, [new AddVault("Disk", "file", world.VaultFolder)]);
        var ids = new Dictionary<string, string>();
        foreach (var account in accounts)
        {
            ids[account.Did] = await world.AccountIdOfAsync(account);
            await world.UntilAsync(ids[account.Did], view => view.Account is { Health: BackupHealth.Good, Snapshots: 1 }, "a first backup");
        }

        var before = world.Contents();
        var (off, down, deleted, moved, renamed) = (accounts[0], accounts[1], accounts[2], accounts[3], accounts[4]);
        var (emptied, broken) = (accounts[5], accounts[6]);
        var admin = new PdsAdmin(network.A);
        await (await off.SignInAsync(Ct)).PostAsync("com.atproto.server.deactivateAccount", new { }, Ct);
        await admin.TakeDownAsync(down.Did, true, Ct);
        await admin.DeleteAccountAsync(deleted.Did, Ct);
        await new ReferenceMove(network, network.A, network.B, moved).RunAsync(Ct);
        var newHandle = network.NewHandle(network.A);
        await (await renamed.SignInAsync(Ct)).PostAsync("com.atproto.identity.updateHandle", new { handle = newHandle }, Ct);
        await EmptyAsync(emptied);
        var added = await network.AddToAsync(broken, Small with { Posts = 2, Images = 2, Likes = 0, Seed = 9 }, Ct);
        var news = added.Blobs.Select(blob => blob.Cid).Except(broken.Blobs.Select(blob => blob.Cid)).ToList();
        network.A.DeleteBlobFile(broken.Did, news[0]);
        network.A.DamageBlobFile(broken.Did, news[1]);

        await IsGoneAsync(off, "is deactivated on");
        await IsGoneAsync(down, "has taken the account down");
        await IsGoneAsync(deleted, "snapshots stay as they are");

        var view = await world.RunAsync(ids[moved.Did]);
        Assert.Contains($"The account has moved from {new Uri(network.A.Url).Authority} to {new Uri(network.B.Url).Authority}; the "
            + "backup follows.", view.Runs[0].Message, StringComparison.Ordinal);
        Assert.Equal((BackupHealth.Good, 2, new Uri(network.B.Url).Authority),
            (view.Account.Health, view.Account.Snapshots, view.Account.Host));

        view = await world.RunAsync(ids[renamed.Did]);
        Assert.Contains($"The handle is now {newHandle}; before it was {renamed.Handle}.", view.Runs[0].Message, StringComparison.Ordinal);
        Assert.Equal((BackupHealth.Good, 2, newHandle), (view.Account.Health, view.Account.Snapshots, view.Account.Handle));

        view = await world.RunAsync(ids[emptied.Did]);
        Assert.Equal(BackupRunOutcome.Shrunk, view.Runs[0].Outcome);
        Assert.Equal(AlarmKind.Shrunk, Assert.Single(view.OpenAlarms).Kind);
        Assert.Contains("nothing older is deleted until you say", view.OpenAlarms[0].Message, StringComparison.Ordinal);
        Assert.NotNull(view.Frozen);
        view = await world.CallAsync<BackupAccountView>(HttpMethod.Post, $"/accounts/{ids[emptied.Did]}/accept-shrink", null);
        Assert.Equal((null, 0), (view.Frozen, view.OpenAlarms.Count));

        view = await world.RunAsync(ids[broken.Did]);
        Assert.Contains("2 files that records refer to are not on the server, or not rightly.", view.Runs[0].Message,
            StringComparison.Ordinal);
        var newest = (await world.SnapshotsAsync(ids[broken.Did]))[0];
        Assert.Equal((BackupHealth.Good, broken.Blobs.Count, 2), (view.Account.Health, newest.Blobs, newest.MissingBlobs));

        // What can come back does, and the alarm ends by itself.
        await (await off.SignInAsync(Ct)).PostAsync("com.atproto.server.activateAccount", null, Ct);
        await admin.TakeDownAsync(down.Did, false, Ct);
        foreach (var back in new[] { off, down })
        {
            view = await world.RunAsync(ids[back.Did]);
            Assert.Equal((BackupHealth.Good, 0), (view.Account.Health, view.OpenAlarms.Count));
        }

        var after = world.Contents();
        Assert.All(before, file => Assert.Equal(file.Value, after.GetValueOrDefault(file.Key)));
        await using var vault = world.OpenVault();
        Assert.True(await world.ProveAllAsync(vault) >= accounts.Length + 4);

        async Task IsGoneAsync(FilledAccount account, string words)
        {
            var seen = await world.RunAsync(ids[account.Did]);
            Assert.Equal((BackupHealth.Gone, 1), (seen.Account.Health, seen.Account.Snapshots));
            Assert.Contains(words, seen.Account.Message, StringComparison.Ordinal);
            Assert.Equal(AlarmKind.Gone, Assert.Single(seen.OpenAlarms).Kind);
        }
    }

    /// <summary>Deletes all posts and likes, as a thief or a broken app would.</summary>
    private static async Task EmptyAsync(FilledAccount account)
    {
        var owner = await account.SignInAsync(Ct);
        foreach (var collection in new[] { "app.bsky.feed.post", "app.bsky.feed.like" })
        {
            var listed = await owner.GetAsync("com.atproto.repo.listRecords", Ct, ("repo", account.Did), ("collection", collection),
                ("limit", "100"));
            var writes = listed.GetProperty("records").EnumerateArray().Select(record => new Dictionary<string, string>
            {
                ["$type"] = "com.atproto.repo.applyWrites#delete",
                ["collection"] = collection,
                ["rkey"] = record.GetProperty("uri").GetString()!.Split('/')[^1],
            }).ToList();
            await owner.PostAsync("com.atproto.repo.applyWrites", new { repo = account.Did, writes }, Ct);
        }
    }
}
