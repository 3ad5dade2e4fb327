using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Migrations;
using Migrator.EndToEnd.Tests.Network;
using Migrator.Jobs.Migrations;
using Migrator.Testing.Faults;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Move;

/// <summary>What the new server may have against the account. In each case the old account goes on working.</summary>
public sealed class TargetTroubleTests(SharedNetwork shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_wrong_invite_is_asked_again_and_the_move_goes_on_from_there()
    {
        var network = await shared.GetAsync(Cancel);
        var closed = await network.StartPdsAsync(new PdsOptions(".closed.test") { InviteRequired = true }, Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var move = new MoveDriver(host, network, account, network.A, closed, Cancel);
        await move.DraftAsync(invite: "wrong-code");
        var missing = await host.Service.ChooseAccountAsync(MoveHost.Owner, move.Id, new ChooseAccount(move.NewHandle, "me@example.com", MoveDriver.NewPassword, ""), Cancel);
        Assert.Equal("InviteCode", Assert.Single(missing.Problems).Field);

        await move.StartAsync();
        var held = await host.UntilHoldAsync(move.Id, HoldCause.TargetAccount, Cancel);
        Assert.Contains("invite code", held.Hold!.Message, StringComparison.Ordinal);
        var invite = await closed.Admin.CreateInviteAsync(1, Cancel);
        MoveDriver.Ok(await host.Service.ChooseAccountAsync(MoveHost.Owner, move.Id, new ChooseAccount(move.NewHandle, "me@example.com", MoveDriver.NewPassword, invite), Cancel));
        await host.UntilHoldAsync(move.Id, HoldCause.Go, Cancel);
    }

    [Fact]
    public async Task A_reserved_handle_is_asked_again()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var move = new MoveDriver(host, network, account, network.A, network.B, Cancel);
        await move.DraftAsync();
        MoveDriver.Ok(await host.Service.ChooseAccountAsync(MoveHost.Owner, move.Id, new ChooseAccount("support.b.test", "me@example.com", MoveDriver.NewPassword, null), Cancel));
        await move.StartAsync();
        var held = await host.UntilHoldAsync(move.Id, HoldCause.TargetAccount, Cancel);
        Assert.Contains("reserved", held.Hold!.Message, StringComparison.OrdinalIgnoreCase);
        MoveDriver.Ok(await host.Service.ChooseAccountAsync(MoveHost.Owner, move.Id, new ChooseAccount(network.NewHandle(network.B), "me@example.com", MoveDriver.NewPassword, null), Cancel));
        await host.UntilHoldAsync(move.Id, HoldCause.Go, Cancel);
    }

    [Fact]
    public async Task A_switched_off_account_of_an_earlier_try_is_used()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        var earlier = new ReferenceMove(network, network.A, network.B, account);
        await earlier.CreateAccountAsync(await account.SignInAsync(Cancel), Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var move = new MoveDriver(host, network, account, network.A, network.B, Cancel);
        await move.DraftAsync();
        await move.StartAsync();

        // Made with another password: the person is asked for that one.
        await host.UntilHoldAsync(move.Id, HoldCause.TargetSignIn, Cancel);
        Assert.False((await host.Service.SignInTargetAsync(MoveHost.Owner, move.Id, new SignIn("wrong", null), Cancel)).IsOk);
        MoveDriver.Ok(await host.Service.SignInTargetAsync(MoveHost.Owner, move.Id, new SignIn(earlier.Moved.Password, null), Cancel));
        await host.UntilHoldAsync(move.Id, HoldCause.Go, Cancel);
    }

    [Fact]
    public async Task An_account_that_is_active_there_stops_the_move_before_anything_is_made()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        var earlier = new ReferenceMove(network, network.A, network.B, account);
        await earlier.RunAsync(Cancel, deactivateOld: false);
        await Identities.PointAtAsync(network, account.Did, network.B, new Uri(network.A.Url), Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var id = MoveDriver.Ok(await host.Service.CreateAsync(MoveHost.Owner, new CreateMigration(account.Did), Cancel)).Id;
        MoveDriver.Ok(await host.Service.ChooseTargetAsync(MoveHost.Owner, id, new ChooseTarget(network.B.Url), Cancel));
        MoveDriver.Ok(await host.Service.SignInSourceAsync(MoveHost.Owner, id, new SignIn(account.Password, null), Cancel));
        MoveDriver.Ok(await host.Service.ChooseAccountAsync(MoveHost.Owner, id, new ChooseAccount(network.NewHandle(network.B), "me@example.com", MoveDriver.NewPassword, null), Cancel));
        var kit = MoveDriver.Ok(await host.Service.MakeRecoveryKeyAsync(MoveHost.Owner, id, Cancel));
        MoveDriver.Ok(await host.Service.ProveRecoveryKeyAsync(MoveHost.Owner, id, new ProveRecoveryKey(kit.PrivateKeyHex), Cancel));
        MoveDriver.Ok(await host.Service.StartAsync(MoveHost.Owner, id, Cancel));
        var held = await host.UntilHoldAsync(id, HoldCause.Preflight, Cancel);
        Assert.Contains(held.Hold!.Details!, line => line.Contains("already", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_import_over_the_limit_names_what_to_raise()
    {
        var network = await shared.GetAsync(Cancel);
        var small = await network.StartPdsAsync(new PdsOptions(".small.test") { MaxImport = 2000 }, Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var move = new MoveDriver(host, network, account, network.A, small, Cancel);
        await move.DraftAsync();
        await move.StartAsync();
        var held = await host.UntilHoldAsync(move.Id, HoldCause.TargetLimits, Cancel);
        Assert.Contains("PDS_MAX_REPO_IMPORT_SIZE", held.Hold!.WhatToDo, StringComparison.Ordinal);
        Assert.Contains("old account works", held.Hold.WhatIsSafe, StringComparison.Ordinal);
        var cancelled = MoveDriver.Ok(await host.Service.CancelAsync(MoveHost.Owner, move.Id, Cancel));
        await host.UntilAsync(move.Id, view => view.State == MigrationState.Cancelled, "cancelled", Cancel);
    }

    [Fact]
    public async Task Too_many_uploads_wait_until_the_time_that_the_server_named()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        await using var busy = await InterceptingPds.StartAsync(network.B.Url);
        var time = TimeProvider.System;
        var reset = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().AddSeconds(8).ToUnixTimeSeconds());
        var uploads = new ConcurrentQueue<DateTimeOffset>();
        busy.Take("com.atproto.repo.uploadBlob", async context =>
        {
            uploads.Enqueue(time.GetUtcNow());
            if (time.GetUtcNow() >= reset)
                return false;
            context.Response.Headers["RateLimit-Limit"] = "1000";
            context.Response.Headers["RateLimit-Remaining"] = "0";
            context.Response.Headers["RateLimit-Reset"] = reset.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            context.Response.StatusCode = 429;
            await context.Response.WriteAsJsonAsync(new { error = "RateLimitExceeded", message = "Rate Limit Exceeded" });
            return true;
        });
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var move = new MoveDriver(host, network, account, network.A, network.B, Cancel);
        await move.DraftAsync();
        MoveDriver.Ok(await host.Service.ChooseTargetAsync(MoveHost.Owner, move.Id, new ChooseTarget(busy.Url.ToString()), Cancel));
        MoveDriver.Ok(await host.Service.ChooseAccountAsync(MoveHost.Owner, move.Id, new ChooseAccount(move.NewHandle, $"{move.Id}@example.com", MoveDriver.NewPassword, null), Cancel));
        await move.StartAsync();
        var waiting = await host.UntilHoldAsync(move.Id, HoldCause.Waiting, Cancel);
        var seen = time.GetUtcNow();

        // Never sooner. Later by less than two seconds, because the time is corrected by the server's Date: this server cuts that to
        // whole seconds and renews it once a second.
        Assert.InRange(waiting.Hold!.Until!.Value, reset, reset.AddSeconds(2));
        Assert.Contains("asks to wait until", waiting.Hold.Message, StringComparison.Ordinal);
        var ready = await host.UntilHoldAsync(move.Id, HoldCause.Go, Cancel);
        Assert.Equal(account.Blobs.Count, ready.Blobs.Proven);
        Assert.Contains(uploads, at => at < reset);
        Assert.DoesNotContain(uploads, at => at > seen && at < reset);
    }

    [Fact]
    public async Task A_lost_reply_to_the_creation_or_the_import_changes_nothing()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        await using var flaky = await InterceptingPds.StartAsync(network.B.Url);
        flaky.LoseReply("com.atproto.server.createAccount").LoseReply("com.atproto.repo.importRepo").LoseReply("com.atproto.repo.uploadBlob", times: 2);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var move = new MoveDriver(host, network, account, network.A, network.B, Cancel);
        await move.DraftAsync();
        MoveDriver.Ok(await host.Service.ChooseTargetAsync(MoveHost.Owner, move.Id, new ChooseTarget(flaky.Url.ToString()), Cancel));
        MoveDriver.Ok(await host.Service.ChooseAccountAsync(MoveHost.Owner, move.Id, new ChooseAccount(move.NewHandle, $"{move.Id}@example.com", MoveDriver.NewPassword, null), Cancel));
        await move.StartAsync();
        var ready = await host.UntilHoldAsync(move.Id, HoldCause.Go, Cancel);
        Assert.Equal(account.Records, ready.Parity!.Records);
        Assert.Equal(2, flaky.CountOf("com.atproto.server.createAccount"));
    }
}
