using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Migrator.EndToEnd.Tests.Processes;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Returns;
using Migrator.Testing.Network;
using Migrator.Web.Api;

namespace Migrator.EndToEnd.Tests.Returns;

/// <summary>A reference server with its real limits: 5,000 points of writes an hour, three for each record.</summary>
public sealed class ReturnPauseTests(SharedNetwork shared)
{
    private const string Kind = "com.example.note";
    private const int Notes = 1800;
    private const int OfOneCall = 200;
    private const string Bypass = "let the owner through";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_asks_for_a_pause_gets_it_and_what_was_interrupted_is_gone_on_with()
    {
        var network = await shared.GetAsync(Ct);
        await using var server = await network.StartPdsAsync(
            new PdsOptions($".pause{FreePort.Next()}.test")
            {
                RateLimits = true,
                Environment = new Dictionary<string, string> { ["PDS_RATE_LIMIT_BYPASS_KEY"] = Bypass },
            },
            Ct);
        var account = await network.CreateAccountAsync(
            server, Ct, fill: new FillOptions { Posts = 1, Images = 0, Likes = 0, Reposts = 0, Follows = 0, Recipes = 0, Orphans = 0 });
        using var owner = await SignInAsync(account);
        await ApplyAsync(owner, account, create: true);
        await using var world = await PlanWorld.StartAsync(network, Ct);
        await world.AddPlanAsync(account with { Handle = account.Did });
        await world.UntilAsync(view => view.Account is { Health: BackupHealth.Good, Snapshots: 1 }, "the first backup");
        var snapshot = Assert.Single(await world.SnapshotsAsync());
        await ApplyAsync(owner, account, create: false);

        var call = new BringBackCall(world.PrivateKey, [Kind], Password: account.Password);
        var id = (await world.CallAsync<ReturnView>(HttpMethod.Post, $"/snapshots/{snapshot.Id}/bring-back", call)).Id;
        var waiting = await UntilAsync(world, id, view => view.State == ReturnState.Waiting || view.IsOver);
        Assert.Equal(ReturnState.Waiting, waiting.State);
        Assert.True(waiting.WaitsUntil > DateTimeOffset.UtcNow.AddMinutes(1), $"{waiting.WaitsUntil}");
        Assert.Contains("pause", waiting.Problem, StringComparison.Ordinal);
        Assert.True(waiting.Outcome is { Records: > 1000 and < Notes, NotReturned: 0 }, $"{waiting.Outcome}");
        Assert.Equal(Notes, waiting.Outcome!.Records + waiting.Outcome.Left);

        // kill -9 while it waits: afterwards it is said that it was cut off, and how far it was.
        await world.UntilStoredAsync("SELECT count(*) FROM account_return WHERE shown LIKE '%\"state\":\"waiting\"%'");
        await world.Program.KillAsync();
        await world.Program.StartAgainAsync(Ct);
        var cut = await UntilAsync(world, id, view => view.IsOver);
        Assert.Equal((ReturnState.CutOff, waiting.Outcome),
            (cut.State, cut.Outcome! with { Problems = waiting.Outcome.Problems, FileProblems = waiting.Outcome.FileProblems }));
        Assert.Contains("What was written until then stays", cut.Problem, StringComparison.Ordinal);
        Assert.Contains((await world.CallAsync<ReturnList>(HttpMethod.Get, "/returns", null)).Items,
            one => one.Id == id && one.State == ReturnState.CutOff);

        // Begun again it waits for the same pause. One that is stopped by its person is not cut off, also after a restart.
        id = (await world.CallAsync<ReturnView>(HttpMethod.Post, $"/snapshots/{snapshot.Id}/bring-back", call)).Id;
        await UntilAsync(world, id, view => view.State == ReturnState.Waiting || view.IsOver);
        using var stopped = await world.Program.CallAsync(HttpMethod.Delete, $"/api/v1/backups/returns/{id}", null, Ct);
        Assert.True(stopped.IsSuccessStatusCode);
        await UntilAsync(world, id, view => view.State == ReturnState.Stopped);
        // The limits live in the server's memory, and what it asked for in Migrator's: for both the hour is over now.
        await server.KillAsync();
        Assert.Equal(0, await world.Program.StopAsync(Ct));
        await server.StartAgainAsync(Ct);
        await world.Program.StartAgainAsync(Ct);
        Assert.Equal(ReturnState.Stopped, (await world.CallAsync<ReturnView>(HttpMethod.Get, $"/returns/{id}", null)).State);
        id = (await world.CallAsync<ReturnView>(HttpMethod.Post, $"/snapshots/{snapshot.Id}/bring-back", call)).Id;
        var done = await UntilAsync(world, id, view => view.IsOver);
        Assert.Equal((ReturnState.Done, Notes - waiting.Outcome.Records), (done.State, done.Outcome!.Records));
        Assert.True(done.Outcome.IsWhole);
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

    private static async Task<HttpClient> SignInAsync(FilledAccount account)
    {
        var http = new HttpClient { BaseAddress = new Uri(account.Pds) };
        http.DefaultRequestHeaders.Add("x-ratelimit-bypass", Bypass);
        using var answer = await http.PostAsJsonAsync(
            "/xrpc/com.atproto.server.createSession", new { identifier = account.Did, password = account.Password }, Ct);
        var session = await answer.Content.ReadFromJsonAsync<JsonElement>(Ct);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", session.GetProperty("accessJwt").GetString());
        return http;
    }

    /// <summary>Creates all notes, or deletes them.</summary>
    private static async Task ApplyAsync(HttpClient owner, FilledAccount account, bool create)
    {
        foreach (var part in Enumerable.Range(0, Notes).Chunk(OfOneCall))
        {
            var writes = part.Select(number => create
                ? new Dictionary<string, object>
                {
                    ["$type"] = "com.atproto.repo.applyWrites#create", ["collection"] = Kind, ["rkey"] = $"n{number}",
                    ["value"] = new Dictionary<string, object> { ["$type"] = Kind, ["number"] = number },
                }
                : new Dictionary<string, object>
                {
                    ["$type"] = "com.atproto.repo.applyWrites#delete", ["collection"] = Kind,
                    ["rkey"] = $"n{number}"
                });
            using var answer = await owner.PostAsJsonAsync("/xrpc/com.atproto.repo.applyWrites", new { repo = account.Did, writes }, Ct);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Ct));
        }
    }
}
