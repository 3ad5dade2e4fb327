using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Migrator.Core.AtProto.Syntax;
using Migrator.EndToEnd.Tests.Processes;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Returns;
using Migrator.Testing.Network;
using Migrator.Web.Api;

namespace Migrator.EndToEnd.Tests.Returns;

/// <summary>What was deleted, and what the server lost, comes back from a snapshot by the API of the real program; and out as plain files.</summary>
public sealed class BringBackByApiTests(SharedNetwork shared)
{
    private const string Posts = "app.bsky.feed.post";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Deleted_posts_and_lost_files_come_back_and_a_snapshot_comes_out_as_an_archive()
    {
        var network = await shared.GetAsync(Ct);
        var account = await network.CreateAccountAsync(network.A, Ct, fill: new FillOptions { Images = 4 });
        await using var world = await PlanWorld.StartAsync(network, Ct);
        await world.AddPlanAsync(account);
        await world.UntilAsync(view => view.Account is { Health: BackupHealth.Good, Snapshots: 1 }, "the first backup");
        var snapshot = Assert.Single(await world.SnapshotsAsync());
        await TakesOutAsync(world, network, account, snapshot);

        var person = await account.SignInAsync(Ct);
        var before = await ListAsync(person, account);
        var deleted = before.Where(post => !post.Value.Value.TryGetProperty("embed", out _)).Take(2).Select(post => post.Key).ToList();
        Assert.Equal(2, deleted.Count);
        foreach (var uri in deleted)
            await person.PostAsync("com.atproto.repo.deleteRecord", new { repo = account.Did, collection = Posts, rkey = uri.Split('/')[^1] }, Ct);
        var (forgotten, gone) = (account.Blobs[0].Cid, account.Blobs.First(blob => blob.Cid != account.Blobs[0].Cid).Cid);
        await network.A.ForgetBlobAsync(account.Did, forgotten, Ct);
        network.A.DeleteBlobFile(account.Did, gone);

        // A look, which needs no password and writes nothing.
        var call = new BringBackCall(world.PrivateKey, [Posts], LostFiles: true, Preview: true);
        var begun = await world.CallAsync<ReturnView>(HttpMethod.Post, $"/snapshots/{snapshot.Id}/bring-back", call);
        var ready = await UntilAsync(world, begun.Id, view => view.State is not (ReturnState.Queued or ReturnState.Looking));
        Assert.Equal((ReturnState.Ready, null), (ready.State, ready.Problem));
        Assert.Equal((2L, 0L), (ready.Preview!.Records, ready.Preview.Changed));
        Assert.Equal(deleted.Order(), ready.Preview.Paths.Select(path => $"at://{account.Did}/{path}").Order());
        Assert.Equal((2L, 2L), (ready.Preview.Files!.Lost, ready.Preview.Files.Kept));
        Assert.Equal(before.Count - 2, (await ListAsync(person, account)).Count);

        // A wrong password changes nothing; an app password is enough.
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await StatusAsync(world, $"/returns/{begun.Id}/write", new { password = "not it" }));
        var app = (await person.PostAsync("com.atproto.server.createAppPassword", new { name = "bring back" }, Ct)).GetProperty("password").GetString()!;
        await world.CallAsync<ReturnView>(HttpMethod.Post, $"/returns/{begun.Id}/write", new { password = app });
        var done = await UntilAsync(world, begun.Id, view => view.IsOver);
        Assert.Equal((ReturnState.Done, null), (done.State, done.Problem));
        Assert.Equal((2L, 0L, 0L), (done.Outcome!.Records, done.Outcome.NotReturned, done.Outcome.Left));
        var after = await ListAsync(person, account);
        Assert.Equal(before.OrderBy(post => post.Key).Select(post => (post.Key, post.Value.Cid)), after.OrderBy(post => post.Key).Select(post => (post.Key, post.Value.Cid)));
        var (bytes, _) = await person.GetBytesAsync("com.atproto.sync.getBlob", Ct, ("did", account.Did), ("cid", forgotten));
        Assert.Equal(forgotten, Cid.ForRaw(bytes).ToString());

        // What the server's books still say it has, nobody can put back from outside: it is said, and not called done.
        Assert.Equal((1L, 1L), (done.Outcome.Files, done.Outcome.FilesNotBack));
        var problem = Assert.Single(done.Outcome.FileProblems);
        Assert.Equal(gone, problem.What);
        Assert.Contains("operator", problem.Why, StringComparison.Ordinal);

        // Again, in one call: what is there is not written twice.
        var again = await world.CallAsync<ReturnView>(
            HttpMethod.Post, $"/snapshots/{snapshot.Id}/bring-back", call with { Preview = false, Password = app, Paths = [deleted[0]], LostFiles = false });
        again = await UntilAsync(world, again.Id, view => view.IsOver);
        Assert.Equal((ReturnState.Done, 0L), (again.State, again.Outcome!.Records));
        Assert.DoesNotContain(world.PrivateKey, world.Program.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(app, world.Program.Output, StringComparison.Ordinal);
        await UntilEmptyAsync(Path.Combine(world.Program.Data, "browse"));
    }

    /// <summary>The archive is unpacked by Debian's tar and read by the reference libraries.</summary>
    private static async Task TakesOutAsync(PlanWorld world, RealNetwork network, FilledAccount account, SnapshotView snapshot)
    {
        var other = Core.Age.AgeIdentity.Generate().RevealText();
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await StatusAsync(world, $"/snapshots/{snapshot.Id}/take-out", new { privateKey = other }));
        var folder = world.NewFolder();
        var archive = Path.Combine(folder, "all.tar");
        using (var body = JsonContent.Create(new TakeOutCall(world.PrivateKey)))
        using (var answer = await world.Program.CallAsync(HttpMethod.Post, $"/api/v1/backups/snapshots/{snapshot.Id}/take-out", body, Ct))
        {
            Assert.Equal("application/x-tar", answer.Content.Headers.ContentType!.MediaType);
            Assert.StartsWith(account.Handle, answer.Content.Headers.ContentDisposition!.FileName!.Trim('"'), StringComparison.Ordinal);
            await using var file = File.Create(archive);
            await answer.Content.CopyToAsync(file, Ct);
        }

        using (var tar = Process.Start("tar", ["-xf", archive, "-C", folder]))
        {
            await tar.WaitForExitAsync(Ct);
            Assert.Equal(0, tar.ExitCode);
        }

        var key = (await PlcKeyAsync(network, account.Did))!;
        var read = await NodeProcess.RunAsync("repo-reference.mjs", ["read", account.Did, key, Path.Combine(folder, "repo.car")], Ct);
        var records = read.GetProperty("repos")[0].GetProperty("records").EnumerateArray().Select(record => record[0].GetString()!).ToList();
        Assert.Equal(account.Records, records.Count);
        foreach (var path in records)
        {
            using var json = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "records", path + ".json"), Ct));
            Assert.Equal(path.Split('/')[0], json.RootElement.GetProperty("$type").GetString());
        }

        foreach (var blob in account.Blobs)
            Assert.Equal(blob.Cid, Cid.ForRaw(await File.ReadAllBytesAsync(Path.Combine(folder, "blobs", blob.Cid), Ct)).ToString());
        Assert.Equal(["blobs.json", "did.json", "manifest.json", "plc-log.json"], Directory.GetFiles(folder, "*.json").Select(Path.GetFileName).Order());
    }

    private static async Task<string?> PlcKeyAsync(RealNetwork network, string did)
    {
        using var http = new HttpClient();
        var data = await http.GetFromJsonAsync<JsonElement>($"{network.Plc.Url}/{did}/data", Ct);
        return data.GetProperty("verificationMethods").GetProperty("atproto").GetString();
    }

    private static async Task<ReturnView> UntilAsync(PlanWorld world, string id, Func<ReturnView, bool> wanted)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var view = await world.CallAsync<ReturnView>(HttpMethod.Get, $"/returns/{id}", null);
            if (wanted(view))
                return view;
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < Patience, $"{view.State}: {view.Doing} {view.Problem}");
            await Task.Delay(100, Ct);
        }
    }

    /// <summary>What was unsealed goes after the sign-out, which comes after the result is shown.</summary>
    private static async Task UntilEmptyAsync(string folder)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (Directory.EnumerateFileSystemEntries(folder).FirstOrDefault() is { } left)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < Patience, $"{left} was left behind.");
            await Task.Delay(100, Ct);
        }
    }

    private static async Task<HttpStatusCode> StatusAsync(PlanWorld world, string path, object command)
    {
        using var body = JsonContent.Create(command);
        using var answer = await world.Program.CallAsync(HttpMethod.Post, "/api/v1/backups" + path, body, Ct);
        return answer.StatusCode;
    }

    /// <summary>The posts as the server shows them, by address.</summary>
    private static async Task<Dictionary<string, (string Cid, JsonElement Value)>> ListAsync(XrpcSession person, FilledAccount account)
    {
        var page = await person.GetAsync("com.atproto.repo.listRecords", Ct, ("repo", account.Did), ("collection", Posts), ("limit", "100"));
        return page.GetProperty("records").EnumerateArray().ToDictionary(
            record => record.GetProperty("uri").GetString()!, record => (record.GetProperty("cid").GetString()!, record.GetProperty("value")));
    }
}
