using System.Text.Json.Nodes;
using Migrator.Core.Migrations;
using Migrator.Jobs.Migrations;
using Migrator.Testing.Faults;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Move;

/// <summary>What can happen while everything is copied.</summary>
public sealed class CopyTroubleTests(SharedNetwork shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_that_the_old_server_lost_is_named_and_left_behind_only_by_consent()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        var lost = account.Blobs[0].Cid;
        var damaged = account.Blobs[1].Cid;
        network.A.DeleteBlobFile(account.Did, lost);
        network.A.DamageBlobFile(account.Did, damaged);
        var ofDeletedPost = account.Blobs[2].Cid;
        network.A.DeleteBlobFile(account.Did, ofDeletedPost);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var move = new MoveDriver(host, network, account, network.A, network.B, Cancel);
        await move.DraftAsync();
        await move.StartAsync();
        var held = await host.UntilHoldAsync(move.Id, HoldCause.MissingBlobs, Cancel);
        Assert.Equal(new[] { lost, damaged, ofDeletedPost }.Order(), held.BlobProblems.Select(problem => problem.Cid).Order());
        Assert.All(held.BlobProblems, problem => Assert.Contains('/', problem.UsedBy!));
        Assert.Equal(BlobState.DamagedAtSource, held.BlobProblems.Single(problem => problem.Cid == damaged).State);

        var stranger = await host.Service.AcceptMissingAsync(MoveHost.Owner, move.Id, new AcceptMissingBlobs([account.Blobs[3].Cid]), Cancel);
        Assert.False(stranger.IsOk);

        // Nobody misses the file of a post that is gone.
        var post = held.BlobProblems.Single(problem => problem.Cid == ofDeletedPost).UsedBy!.Split('/');
        await (await account.SignInAsync(Cancel)).PostAsync(
            "com.atproto.repo.deleteRecord", new { repo = account.Did, collection = post[0], rkey = post[1] }, Cancel);
        MoveDriver.Ok(await host.Service.AcceptMissingAsync(MoveHost.Owner, move.Id, new AcceptMissingBlobs([lost]), Cancel));
        held = await host.UntilAsync(move.Id, view => view.Hold is { Cause: HoldCause.MissingBlobs, Details.Count: 1 }, "the other one", Cancel);
        MoveDriver.Ok(await host.Service.AcceptMissingAsync(MoveHost.Owner, move.Id, new AcceptMissingBlobs([damaged]), Cancel));
        await host.UntilHoldAsync(move.Id, HoldCause.Go, Cancel);
        await move.GoAsync();
        await move.GiveMailedCodeAsync();
        var end = await move.UntilEndAsync();
        Assert.True(end.State == MigrationState.CompletedWithRemarks, MoveHost.Story(end));
        Assert.Equal(2, end.Parity!.MissingBlobs);
    }

    [Fact]
    public async Task A_file_over_the_new_servers_limit_is_named_with_its_post_before_the_cut()
    {
        var network = await shared.GetAsync(Cancel);
        var strict = await network.StartPdsAsync(new PdsOptions(".strict.test") { BlobLimit = 3000 }, Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var move = new MoveDriver(host, network, account, network.A, strict, Cancel);
        await move.DraftAsync();
        await move.StartAsync();
        var held = await host.UntilHoldAsync(move.Id, HoldCause.MissingBlobs, Cancel);
        Assert.Contains("PDS_BLOB_UPLOAD_LIMIT", held.Hold!.WhatToDo, StringComparison.Ordinal);
        Assert.Equal(
            account.Blobs.Where(blob => blob.Size > 3000).Select(blob => blob.Cid).Order(),
            held.BlobProblems.Select(problem => problem.Cid).Order());
        Assert.Contains(held.Hold.Details!, line => line.Contains("app.bsky.", StringComparison.Ordinal));
        var status = await (await account.SignInAsync(Cancel)).GetAsync("com.atproto.server.checkAccountStatus", Cancel);
        Assert.True(status.GetProperty("activated").GetBoolean());
    }

    [Fact]
    public async Task An_expired_access_token_is_refreshed_without_anyone_noticing()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        await using var old = await InterceptingPds.StartAsync(network.A.Url);
        old.Fail("com.atproto.sync.getBlob", 400, "ExpiredToken", times: 1).Fail("com.atproto.server.getServiceAuth", 400, "ExpiredToken", times: 1);
        await Identities.PointAtAsync(network, account.Did, network.A, old.Url, Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var move = new MoveDriver(host, network, account with { Handle = account.Did }, network.A, network.B, Cancel);
        await move.DraftAsync();
        await move.UntilReadyAsync();
        Assert.Equal(2, old.CountOf("com.atproto.server.refreshSession"));
    }

    [Fact]
    public async Task A_refused_refresh_asks_to_sign_in_again_and_goes_on_at_the_same_step()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        await using var old = await InterceptingPds.StartAsync(network.A.Url);
        old.Fail("com.atproto.sync.getBlob", 400, "ExpiredToken").Fail("com.atproto.server.refreshSession", 400, "ExpiredToken");
        await Identities.PointAtAsync(network, account.Did, network.A, old.Url, Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var move = new MoveDriver(host, network, account with { Handle = account.Did }, network.A, network.B, Cancel);
        await move.DraftAsync();
        await move.StartAsync();
        var held = await host.UntilHoldAsync(move.Id, HoldCause.SourceSignIn, Cancel);
        Assert.Equal(StepStanding.NeedsYou, held.Steps.Single(step => step.Name == StepName.CopyBlobs).Standing);
        old.Calm("com.atproto.sync.getBlob").Calm("com.atproto.server.refreshSession");
        MoveDriver.Ok(await host.Service.SignInSourceAsync(MoveHost.Owner, move.Id, new SignIn(account.Password, null), Cancel));
        await host.UntilHoldAsync(move.Id, HoldCause.Go, Cancel);
    }

    [Fact]
    public async Task What_is_written_while_copying_and_while_waiting_is_copied_too()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var move = new MoveDriver(host, network, account, network.A, network.B, Cancel);
        await move.DraftAsync();
        await move.UntilReadyAsync();
        for (var i = 0; i < 3; i++)
            await network.AddToAsync(account, new FillOptions { Posts = 2, Images = 1, Likes = 1, Reposts = 0, Follows = 0, Recipes = 0, Orphans = 0, Seed = 100 + i }, Cancel);
        await SetPreferenceAsync(account, "oldest");
        await move.GoAsync();
        await host.UntilHoldAsync(move.Id, HoldCause.PlcCode, Cancel);

        // Right up to the cut: written after the code was mailed.
        await network.AddToAsync(account, new FillOptions { Posts = 3, Images = 1, Likes = 0, Reposts = 0, Follows = 0, Recipes = 0, Orphans = 0, Seed = 200 }, Cancel);
        await SetPreferenceAsync(account, "hotness");
        var before = await network.SnapshotAsync(network.A, account.Did, Cancel, account.Password);
        await move.GiveMailedCodeAsync();
        var end = await move.UntilEndAsync();
        Assert.True(end.State == MigrationState.Completed, MoveHost.Story(end));
        var report = await network.JudgeAsync(
            new JudgeRequest(before, network.B) { Handle = move.NewHandle, From = network.A, UserKeys = [move.Kit!.DidKey], Password = MoveDriver.NewPassword }, Cancel);
        Assert.True(report.Ok, report.ToString());
        Assert.True(before.Records > account.Records);
        var there = await (await XrpcSession.SignInAsync(network.B.Url, move.NewHandle, MoveDriver.NewPassword, Cancel)).GetAsync("app.bsky.actor.getPreferences", Cancel);
        Assert.Contains("hotness", there.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pause_stops_soon_resume_goes_on_and_cancel_leaves_the_old_account_alone()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        await using var slow = await InterceptingPds.StartAsync(network.B.Url);
        slow.Take("com.atproto.repo.uploadBlob", async context =>
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        });
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var move = new MoveDriver(host, network, account, network.A, network.B, Cancel);
        await move.DraftAsync();
        MoveDriver.Ok(await host.Service.ChooseTargetAsync(MoveHost.Owner, move.Id, new ChooseTarget(slow.Url.ToString()), Cancel));
        MoveDriver.Ok(await host.Service.ChooseAccountAsync(MoveHost.Owner, move.Id, new ChooseAccount(move.NewHandle, $"{move.Id}@example.com", MoveDriver.NewPassword, null), Cancel));
        await move.StartAsync();
        await host.UntilAsync(move.Id, _ => slow.CountOf("com.atproto.repo.uploadBlob") > 0, "an upload under way", Cancel);
        MoveDriver.Ok(await host.Service.PauseAsync(MoveHost.Owner, move.Id, Cancel));
        await host.UntilHoldAsync(move.Id, HoldCause.PausedByUser, Cancel);
        slow.Calm("com.atproto.repo.uploadBlob");
        MoveDriver.Ok(await host.Service.ResumeAsync(MoveHost.Owner, move.Id, Cancel));
        await host.UntilHoldAsync(move.Id, HoldCause.Go, Cancel);
        MoveDriver.Ok(await host.Service.CancelAsync(MoveHost.Owner, move.Id, Cancel));
        var end = await move.UntilEndAsync();
        Assert.Equal(MigrationState.Cancelled, end.State);
        Assert.Equal(2, await Identities.CountOperationsAsync(network, account.Did, Cancel) + 1);
        var status = await (await account.SignInAsync(Cancel)).GetAsync("com.atproto.server.checkAccountStatus", Cancel);
        Assert.True(status.GetProperty("activated").GetBoolean());
    }

    [Fact]
    public async Task Two_moves_at_once_never_mix_their_accounts()
    {
        var network = await shared.GetAsync(Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var moves = new List<(FilledAccount Account, AccountSnapshotFolder Before, MoveDriver Move)>();
        for (var i = 0; i < 2; i++)
        {
            var account = await network.CreateAccountAsync(network.A, Cancel, fill: new FillOptions { Seed = 300 + i, Posts = 8 + i });
            moves.Add((account, await network.SnapshotAsync(network.A, account.Did, Cancel), new MoveDriver(host, network, account, network.A, network.B, Cancel)));
        }

        await Task.WhenAll(moves.Select(item => item.Move.MoveAsync()));
        foreach (var (account, before, move) in moves)
        {
            var report = await network.JudgeAsync(
                new JudgeRequest(before, network.B) { Handle = move.NewHandle, From = network.A, UserKeys = [move.Kit!.DidKey], Password = MoveDriver.NewPassword }, Cancel);
            Assert.True(report.Ok, report.ToString());
        }
    }

    private static async Task SetPreferenceAsync(FilledAccount account, string sort)
    {
        var session = await account.SignInAsync(Cancel);
        var preferences = (await session.GetAsync("app.bsky.actor.getPreferences", Cancel)).GetProperty("preferences").EnumerateArray()
            .Where(item => item.GetProperty("$type").GetString() != "app.bsky.actor.defs#threadViewPref").Select(item => JsonNode.Parse(item.GetRawText())!)
            .Append(new JsonObject { ["$type"] = "app.bsky.actor.defs#threadViewPref", ["sort"] = sort });
        await session.PostAsync("app.bsky.actor.putPreferences", new JsonObject { ["preferences"] = new JsonArray([.. preferences]) }, Cancel);
    }
}
