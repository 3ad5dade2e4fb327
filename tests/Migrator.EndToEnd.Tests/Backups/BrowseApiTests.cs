using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Migrator.Core.AtProto.Syntax;
using Migrator.EndToEnd.Tests.Processes;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Snapshots;
using Migrator.Testing.Network;
using Migrator.Web.Api;

namespace Migrator.EndToEnd.Tests.Backups;

/// <summary>Looking into snapshots through the HTTP API, in the real program, as a script would.</summary>
public sealed class BrowseApiTests(SharedNetwork shared)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task With_a_lease_of_the_key_all_of_a_snapshot_is_read_compared_and_downloaded_and_without_it_nothing()
    {
        var network = await shared.GetAsync(Ct);
        await using var world = await PlanWorld.StartAsync(network, Ct);
        var account = await network.CreateAccountAsync(network.A, Ct);
        await world.AddPlanAsync(account);
        await world.UntilAsync(view => view.Account is { Health: BackupHealth.Good, Snapshots: 1 }, "the first backup");
        await network.AddToAsync(account,
            new FillOptions { Posts = 2, Images = 1, Likes = 0, Reposts = 0, Follows = 0, Recipes = 0, Orphans = 0, Seed = 2 }, Ct);
        await world.RunAsync();
        var snapshots = await world.SnapshotsAsync();
        var (newest, first) = (snapshots[0].Id, snapshots[1].Id);
        using var http = new HttpClient { BaseAddress = new Uri(world.Program.Url, "/api/v1/backups/") };
        var token = await File.ReadAllTextAsync(Path.Combine(world.Program.Data, "api-token"), Ct);
        http.DefaultRequestHeaders.Add("Authorization", $"Bearer {token.Trim()}");

        foreach (var part in new[] { "contents", "records?collection=app.bsky.feed.post", "record?path=app.bsky.actor.profile/self",
            "blobs", "preferences", "repo.car", $"changes?since={first}" })
            Assert.Equal(HttpStatusCode.UnprocessableEntity, await StatusAsync($"snapshots/{newest}/{part}"));
        using (var bad = await http.PostAsJsonAsync("key-leases", new GiveKey("nonsense"), Ct))
            Assert.Equal(HttpStatusCode.UnprocessableEntity, bad.StatusCode);
        using var given = await http.PostAsJsonAsync("key-leases", new GiveKey(world.PrivateKey), Ct);
        Assert.Equal(HttpStatusCode.Created, given.StatusCode);
        var lease = (await given.Content.ReadFromJsonAsync<GivenKey>(PlanWorld.Json, Ct))!;
        http.DefaultRequestHeaders.Add("Migrator-Key-Lease", lease.Lease);

        var contents = await GetAsync<SnapshotContents>($"snapshots/{first}/contents");
        Assert.Equal((account.Did, account.Records, account.Blobs.Count), (contents.Did, contents.Records, contents.Blobs));
        Assert.Equal(account.Counts["app.bsky.feed.post"],
            contents.Collections.Single(entry => entry.Collection == "app.bsky.feed.post").Records);

        var records = new List<RecordItem>();
        for (var after = ""; ;)
        {
            var next = after.Length > 0 ? "&after=" + after : "";
            var page = await GetAsync<RecordList>($"snapshots/{first}/records?collection=app.bsky.feed.post&limit=5{next}");
            records.AddRange(page.Items);
            if (page.After is null)
                break;
            after = page.After;
        }

        Assert.Equal(account.Counts["app.bsky.feed.post"], records.DistinctBy(record => record.Path).Count());
        var read = await GetAsync<RecordContent>($"snapshots/{first}/record?path={records[0].Path}");
        var live = await new XrpcSession(network.A.Url).GetAsync(
            "com.atproto.repo.getRecord", Ct, ("repo", account.Did), ("collection", "app.bsky.feed.post"), ("rkey", records[0].Key));
        Assert.Equal(live.GetProperty("cid").GetString(), read.Cid);
        Assert.True(JsonElement.DeepEquals(live.GetProperty("value"), read.Value), read.Value.ToString());

        var blobs = await GetAsync<BlobList>($"snapshots/{first}/blobs");
        Assert.Equal(account.Blobs.Select(blob => blob.Cid).Order(), blobs.Items.Select(blob => blob.Cid).Order());
        var bytes = await http.GetByteArrayAsync($"snapshots/{first}/blobs/{blobs.Items[0].Cid}", Ct);
        Assert.True(Cid.Parse(blobs.Items[0].Cid).DigestEquals(SHA256.HashData(bytes)));

        var car = await http.GetByteArrayAsync($"snapshots/{newest}/repo.car", Ct);
        var (export, _) = await new XrpcSession(network.A.Url).GetBytesAsync("com.atproto.sync.getRepo", Ct, ("did", account.Did));
        Assert.Equal(export.Length, car.Length);

        var changes = await GetAsync<SnapshotChanges>($"snapshots/{newest}/changes?since={first}");
        Assert.Equal((0, 1), (changes.Counts.Deleted, changes.Counts.AddedBlobs));
        Assert.Equal(snapshots[0].Records - snapshots[1].Records, changes.Added.Count);

        foreach (var nothing in new[] { $"record?path=app.bsky.feed.post/none",
            "blobs/bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy", "blobs/nothing", "preferences" })
            Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"snapshots/{first}/{nothing}"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"snapshots/{newest}/changes?since=nothing"));

        using (var forgotten = await http.DeleteAsync("key-leases", Ct))
            Assert.Equal(HttpStatusCode.NoContent, forgotten.StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await StatusAsync($"snapshots/{first}/contents"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(world.Program.Data, "browse")));
        Assert.DoesNotContain("AGE-SECRET-KEY", world.Program.Output, StringComparison.Ordinal);

        async Task<T> GetAsync<T>(string path) => (await http.GetFromJsonAsync<T>(path, PlanWorld.Json, Ct))!;

        async Task<HttpStatusCode> StatusAsync(string path)
        {
            using var answer = await http.GetAsync(path, Ct);
            return answer.StatusCode;
        }
    }
}
