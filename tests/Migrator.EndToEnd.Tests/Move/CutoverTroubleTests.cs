using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Migrations;
using Migrator.Jobs.Migrations;
using Migrator.Testing.Faults;
using Migrator.Testing.Network;
using Xunit;
using PlcFault = Migrator.Testing.Network.PlcFault;

namespace Migrator.EndToEnd.Tests.Move;

/// <summary>From the go to the new identity: whatever goes wrong, the account is active on exactly one server, and it is the one the identity names.</summary>
public sealed class CutoverTroubleTests(SharedNetwork shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Wrong_and_expired_codes_cost_nothing_and_one_mail_is_outstanding()
    {
        var network = await shared.GetAsync(Cancel);
        var (host, move, account, _) = await ReadyAsync(network);
        await using var _h = host;
        await move.GoAsync();
        await host.UntilHoldAsync(move.Id, HoldCause.PlcCode, Cancel);

        MoveDriver.Ok(await host.Service.GiveCodeAsync(MoveHost.Owner, move.Id, new GiveCode("WRONG-CODES"), Cancel));
        var wrong = await host.UntilAsync(move.Id, view => view.Hold is { Cause: HoldCause.PlcCode } hold && hold.Message.Contains("does not know", StringComparison.Ordinal), "code refused", Cancel);
        Assert.Null(wrong.Times.SourceDeactivatedAt);

        // A second wish at once does not mail again: the first code would become worthless.
        Assert.Equal(ServiceOutcome.Conflict, (await host.Service.AskCodeAgainAsync(MoveHost.Owner, move.Id, Cancel)).Outcome);

        var code = await network.ReadCodeAsync(network.A, account.Did, Cancel);
        await network.AgeCodeAsync(network.A, account.Did, TimeSpan.FromMinutes(20), Cancel);
        MoveDriver.Ok(await host.Service.GiveCodeAsync(MoveHost.Owner, move.Id, new GiveCode(code), Cancel));
        await host.UntilAsync(move.Id, view => view.Hold is { Cause: HoldCause.PlcCode } hold && hold.Message.Contains("expired", StringComparison.Ordinal), "code expired", Cancel);
        await AssertActiveAsync(account, network.A);

        MoveDriver.Ok(await host.Service.AskCodeAgainAsync(MoveHost.Owner, move.Id, Cancel));
        await host.UntilAsync(move.Id, view => view.Hold is { Cause: HoldCause.PlcCode } hold && hold.Message.Contains("mailed you a code", StringComparison.Ordinal), "mailed again", Cancel);
        await move.GiveMailedCodeAsync();
        var end = await move.UntilEndAsync();
        Assert.True(end.State == MigrationState.Completed, MoveHost.Story(end));
    }

    [Fact]
    public async Task An_old_server_that_signs_something_else_is_found_out_before_anything_is_sent()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        await using var liar = await InterceptingPds.StartAsync(network.A.Url);
        await Identities.PointAtAsync(network, account.Did, network.A, liar.Url, Cancel);
        liar.Take("com.atproto.identity.signPlcOperation", async context =>
        {
            // A good signature, by the right key, of an operation that leaves out the owner's key.
            var history = PlcAuditLog.Replay(Did.Parse(account.Did), await network.Plc.GetAuditLogAsync(account.Did, Cancel));
            Assert.True(PrivateKey.TryParse(network.A.ReadRotationKeyHex().Trim(), out var key));
            using (key)
            {
                var signed = new PlcOperation(history.Current with { RotationKeys = [network.A.RotationKey] }, history.Head.Cid).Sign(key);
                await context.Response.WriteAsJsonAsync(new JsonObject { ["operation"] = JsonNode.Parse(signed.ToJson().GetRawText()) });
            }

            return true;
        });
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var move = new MoveDriver(host, network, account with { Handle = account.Did }, network.A, network.B, Cancel);
        await move.DraftAsync();
        await move.UntilReadyAsync();
        await move.GoAsync();
        await move.GiveMailedCodeAsync();
        var held = await host.UntilHoldAsync(move.Id, HoldCause.WrongSignature, Cancel);
        Assert.Contains(held.Hold!.Details!, line => line.Contains(move.Kit!.DidKey, StringComparison.Ordinal));
        Assert.Equal(2, await Identities.CountOperationsAsync(network, account.Did, Cancel));
        await AssertActiveAsync(account, network.A);
    }

    [Fact]
    public async Task A_reply_lost_after_the_directory_took_the_operation_is_found_in_the_log()
    {
        var network = await shared.GetAsync(Cancel);
        var (host, move, account, before) = await ReadyAsync(network);
        await using var _h = host;
        await move.GoAsync();
        await host.UntilHoldAsync(move.Id, HoldCause.PlcCode, Cancel);
        await network.Plc.FailWritesAsync(account.Did, PlcFault.LostReply, Cancel);
        await move.GiveMailedCodeAsync();
        var end = await move.UntilEndAsync();
        Assert.True(end.State == MigrationState.Completed, MoveHost.Story(end));
        await AssertMovedAsync(network, before, move);
        Assert.Equal(2, await Identities.CountOperationsAsync(network, account.Did, Cancel));
    }

    [Fact]
    public async Task A_directory_in_trouble_is_tried_again_within_the_cut()
    {
        var network = await shared.GetAsync(Cancel);
        var (host, move, account, before) = await ReadyAsync(network);
        await using var _h = host;
        await move.GoAsync();
        await host.UntilHoldAsync(move.Id, HoldCause.PlcCode, Cancel);
        await network.Plc.FailWritesAsync(account.Did, PlcFault.Refusal(503, "down"), Cancel, times: 2);
        await move.GiveMailedCodeAsync();
        var end = await move.UntilEndAsync();
        Assert.True(end.State == MigrationState.Completed, MoveHost.Story(end));
        await AssertMovedAsync(network, before, move);
    }

    [Fact]
    public async Task The_directorys_rate_limit_switches_the_old_account_on_again_and_a_new_go_finishes_without_a_new_code()
    {
        var network = await shared.GetAsync(Cancel);
        var (host, move, account, before) = await ReadyAsync(network);
        await using var _h = host;
        await move.GoAsync();
        await host.UntilHoldAsync(move.Id, HoldCause.PlcCode, Cancel);
        await network.Plc.FailWritesAsync(account.Did, PlcFault.RateLimit, Cancel);
        await move.GiveMailedCodeAsync();
        var held = await host.UntilHoldAsync(move.Id, HoldCause.ServerTrouble, Cancel);
        Assert.Equal(MigrationState.ReadyForCutover, held.State);
        await AssertActiveAsync(account, network.A);

        MoveDriver.Ok(await host.Service.ResumeAsync(MoveHost.Owner, move.Id, Cancel));
        await host.UntilHoldAsync(move.Id, HoldCause.Go, Cancel);
        await move.GoAsync();
        var end = await move.UntilEndAsync();
        Assert.True(end.State == MigrationState.Completed, MoveHost.Story(end));
        await AssertMovedAsync(network, before, move);
    }

    [Fact]
    public async Task A_recovery_key_changed_after_a_cut_that_was_taken_back_is_the_one_that_is_signed()
    {
        var network = await shared.GetAsync(Cancel);
        var (host, move, account, before) = await ReadyAsync(network);
        await using var _h = host;
        var lost = move.Kit!.DidKey;
        await move.GoAsync();
        await host.UntilHoldAsync(move.Id, HoldCause.PlcCode, Cancel);
        await network.Plc.FailWritesAsync(account.Did, PlcFault.RateLimit, Cancel);
        await move.GiveMailedCodeAsync();
        await host.UntilHoldAsync(move.Id, HoldCause.ServerTrouble, Cancel);

        var kit = MoveDriver.Ok(await host.Service.MakeRecoveryKeyAsync(MoveHost.Owner, move.Id, Cancel));
        MoveDriver.Ok(await host.Service.ProveRecoveryKeyAsync(MoveHost.Owner, move.Id, new ProveRecoveryKey(kit.PrivateKeyHex), Cancel));
        await host.UntilHoldAsync(move.Id, HoldCause.Go, Cancel);
        await move.GoAsync();
        // What was signed before names the lost key: it is thrown away, and the old server is asked for another.
        await move.GiveMailedCodeAsync();
        var end = await move.UntilEndAsync();

        Assert.True(end.State == MigrationState.Completed, MoveHost.Story(end));
        var report = await network.JudgeAsync(
            new JudgeRequest(before, network.B) { Handle = move.NewHandle, From = network.A, UserKeys = [kit.DidKey], Password = MoveDriver.NewPassword }, Cancel);
        Assert.True(report.Ok, report.ToString());
        Assert.DoesNotContain(lost, end.IdentityChange!.RawOperation, StringComparison.Ordinal);
        Assert.Equal(2, await Identities.CountOperationsAsync(network, account.Did, Cancel));
    }

    [Fact]
    public async Task A_new_server_that_does_not_switch_the_account_on_at_once_is_asked_until_it_does()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        await using var behind = await InterceptingPds.StartAsync(network.B.Url);
        behind.Fail("com.atproto.server.activateAccount", 400, "InvalidRequest", times: 2);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var move = new MoveDriver(host, network, account, network.A, network.B, Cancel);
        await move.DraftAsync();
        MoveDriver.Ok(await host.Service.ChooseTargetAsync(MoveHost.Owner, move.Id, new ChooseTarget(behind.Url.ToString()), Cancel));
        MoveDriver.Ok(await host.Service.ChooseAccountAsync(MoveHost.Owner, move.Id, new ChooseAccount(move.NewHandle, $"{move.Id}@example.com", MoveDriver.NewPassword, null), Cancel));
        await move.UntilReadyAsync();
        await move.GoAsync();
        await move.GiveMailedCodeAsync();
        await host.UntilAsync(move.Id, view => view.State is MigrationState.Proving || view.State.IsFinal(), "switched on without anyone's help", Cancel);
        Assert.Equal(3, behind.CountOf("com.atproto.server.activateAccount"));
    }

    [Fact]
    public async Task An_identity_that_someone_else_changed_is_shown_and_never_built_over()
    {
        var network = await shared.GetAsync(Cancel);
        var (host, move, account, before) = await ReadyAsync(network);
        await using var _h = host;
        using var strange = PrivateKey.Generate(KeyCurve.K256);
        await Identities.ChangeAsync(network, account.Did, network.A, body => body with { RotationKeys = [.. body.RotationKeys, strange.PublicKey.DidKey] }, Cancel);
        var held = await host.UntilHoldAsync(move.Id, HoldCause.IdentityMoved, Cancel);
        Assert.Contains(held.Hold!.Details!, line => line.Contains(strange.PublicKey.DidKey, StringComparison.Ordinal));
        await AssertActiveAsync(account, network.A);

        // It was the owner: the move goes on from there and keeps the new key.
        MoveDriver.Ok(await host.Service.ResumeAsync(MoveHost.Owner, move.Id, Cancel));
        await host.UntilHoldAsync(move.Id, HoldCause.Go, Cancel);
        await move.GoAsync();
        await move.GiveMailedCodeAsync();
        var end = await move.UntilEndAsync();
        Assert.True(end.State == MigrationState.Completed, MoveHost.Story(end));
        var data = await network.Plc.GetDataAsync(account.Did, Cancel);
        Assert.Contains(strange.PublicKey.DidKey, data.GetProperty("rotationKeys").EnumerateArray().Select(key => key.GetString()));
        Assert.Equal(before.Records, end.Parity!.Records);
    }

    [Fact]
    public async Task A_change_between_signing_and_sending_takes_the_cut_back()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        using var strange = PrivateKey.Generate(KeyCurve.K256);
        await using var late = await InterceptingPds.StartAsync(network.B.Url);
        late.Take("com.atproto.identity.submitPlcOperation", async _ =>
        {
            await Identities.ChangeAsync(network, account.Did, network.A, body => body with { RotationKeys = [.. body.RotationKeys, strange.PublicKey.DidKey] }, Cancel);
            return false;
        });
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var move = new MoveDriver(host, network, account, network.A, network.B, Cancel);
        await move.DraftAsync();
        MoveDriver.Ok(await host.Service.ChooseTargetAsync(MoveHost.Owner, move.Id, new ChooseTarget(late.Url.ToString()), Cancel));
        MoveDriver.Ok(await host.Service.ChooseAccountAsync(MoveHost.Owner, move.Id, new ChooseAccount(move.NewHandle, $"{move.Id}@example.com", MoveDriver.NewPassword, null), Cancel));
        await move.UntilReadyAsync();
        await move.GoAsync();
        await move.GiveMailedCodeAsync();
        await host.UntilHoldAsync(move.Id, HoldCause.IdentityMoved, Cancel);
        await AssertActiveAsync(account, network.A);
    }

    [Fact]
    public async Task Two_tabs_and_double_clicks_are_one_move()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var ids = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
            MoveDriver.Ok(await host.Service.CreateAsync(MoveHost.Owner, new CreateMigration(account.Handle), Cancel)).Id));
        Assert.Single(ids.Distinct());
        var move = new MoveDriver(host, network, account, network.A, network.B, Cancel);
        await move.DraftAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => host.Service.StartAsync(MoveHost.Owner, move.Id, Cancel)));
        await host.UntilHoldAsync(move.Id, HoldCause.Go, Cancel);
        var goes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => host.Service.GoAsync(MoveHost.Owner, move.Id, new GiveGo(account.Handle, "code", null), Cancel)));
        Assert.Single(goes, go => go.IsOk);
        await move.GiveMailedCodeAsync();
        var end = await move.UntilEndAsync();
        Assert.True(end.State == MigrationState.Completed, MoveHost.Story(end));
        Assert.Single(end.Events, item => item.Text.Contains("was asked to mail a code", StringComparison.Ordinal));
        Assert.Equal(2, await Identities.CountOperationsAsync(network, account.Did, Cancel));
    }

    private static async Task<(MoveHost Host, MoveDriver Move, FilledAccount Account, AccountSnapshotFolder Before)> ReadyAsync(RealNetwork network)
    {
        var account = await network.CreateAccountAsync(network.A, Cancel);
        var before = await network.SnapshotAsync(network.A, account.Did, Cancel);
        var host = await MoveHost.StartAsync(network, Cancel);
        var move = new MoveDriver(host, network, account, network.A, network.B, Cancel);
        await move.DraftAsync();
        await move.UntilReadyAsync();
        return (host, move, account, before);
    }

    private static async Task AssertMovedAsync(RealNetwork network, AccountSnapshotFolder before, MoveDriver move)
    {
        var report = await network.JudgeAsync(
            new JudgeRequest(before, network.B) { Handle = move.NewHandle, From = network.A, UserKeys = [move.Kit!.DidKey], Password = MoveDriver.NewPassword }, Cancel);
        Assert.True(report.Ok, report.ToString());
    }

    private static async Task AssertActiveAsync(FilledAccount account, PdsProcess server)
    {
        var session = await XrpcSession.SignInAsync(server.Url, account.Did, account.Password, Cancel);
        var status = await session.GetAsync("com.atproto.server.checkAccountStatus", Cancel);
        Assert.True(status.GetProperty("activated").GetBoolean());
    }
}
