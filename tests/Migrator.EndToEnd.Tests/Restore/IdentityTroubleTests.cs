using System.Text.Json;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Migrations;
using Migrator.EndToEnd.Tests.Move;
using Migrator.Jobs.Migrations;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Restore;

/// <summary>Restores in which the identity is the trouble: keys elsewhere, a thief in the log, an old server that comes back.</summary>
public sealed class IdentityTroubleTests(SharedNetwork shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_never_gives_the_key_signs_each_operation_elsewhere_and_only_the_very_operation_is_taken()
    {
        var network = await shared.GetAsync(Cancel);
        await using var lost = await LostAccount.CreateAsync(network, Cancel);
        await lost.DieAsync();
        var operations = await lost.CountOperationsAsync(Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var restore = new RestoreDriver(host, lost, network.B, Cancel);
        await restore.DraftAsync(lost.KeptFolder(), keyHere: false);
        await restore.UntilReadyAsync();
        await restore.GoAsync();

        var asked = await restore.UntilHoldAsync(HoldCause.SignElsewhere);
        var claim = asked.Restore!.ToSign!.Operation;
        var unknown = await restore.Restores.GiveOperationAsync(MoveHost.Owner, restore.Id, new GiveOperation(OwnTool.Sign(claim, PrivateKey.Generate(KeyCurve.K256))), Cancel);
        Assert.Equal(ServiceOutcome.Invalid, unknown.Outcome);
        var other = OwnTool.Sign(claim, lost.Key, body => body with { AlsoKnownAs = ["at://thief.example.com"] });
        MoveDriver.Ok(await restore.Restores.GiveOperationAsync(MoveHost.Owner, restore.Id, new GiveOperation(other), Cancel));
        var refused = await host.UntilAsync(restore.Id, view => view.Hold is { Cause: HoldCause.SignElsewhere, Details.Count: > 0 }, "the differences", Cancel);
        Assert.Contains(refused.Hold!.Details!, line => line.Contains("thief.example.com", StringComparison.Ordinal));
        Assert.Equal(operations, await lost.CountOperationsAsync(Cancel));

        MoveDriver.Ok(await restore.Restores.GiveOperationAsync(MoveHost.Owner, restore.Id, new GiveOperation(OwnTool.Sign(refused.Restore!.ToSign!.Operation, lost.Key)), Cancel));
        var last = await host.UntilAsync(
            restore.Id, view => view.Hold?.Cause == HoldCause.SignElsewhere && view.Restore!.ClaimedAt is not null && view.Restore.ToSign is not null, "the last operation", Cancel);
        MoveDriver.Ok(await restore.Restores.GiveOperationAsync(MoveHost.Owner, restore.Id, new GiveOperation(OwnTool.Sign(last.Restore!.ToSign!.Operation, lost.Key)), Cancel));
        var end = await restore.UntilEndAsync();

        Assert.True(end.State == MigrationState.Completed, MoveHost.Story(end));
        var report = await network.JudgeAsync(lost.Judge(network.B, restore.NewHandle, RestoreDriver.NewPassword), Cancel);
        Assert.True(report.Ok, report.ToString());
    }

    [Fact]
    public async Task A_thief_in_the_log_is_shown_with_the_clock_and_overruled_from_the_last_good_operation()
    {
        var network = await shared.GetAsync(Cancel);
        await using var lost = await LostAccount.CreateAsync(network, Cancel);
        await lost.DieAsync();
        // The old host's key, weaker than the owner's, hands the identity to somebody and throws the owner's key out.
        using var thief = PrivateKey.Generate(KeyCurve.K256);
        await Identities.ChangeAsync(network, lost.Account.Did, lost.Server, body => body with
        {
            RotationKeys = [thief.PublicKey.DidKey],
            VerificationMethods = new Dictionary<string, string> { [PlcOperationBody.SigningKeyId] = thief.PublicKey.DidKey },
            Services = new Dictionary<string, ServiceEntry> { [PlcOperationBody.PdsServiceId] = new(PlcOperationBody.PdsServiceType, "https://thief.example.com") },
        }, Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var restore = new RestoreDriver(host, lost, network.B, Cancel);
        await restore.DraftAsync(lost.KeptFolder());
        MoveDriver.Ok(await restore.Restores.ChooseKeysAsync(MoveHost.Owner, restore.Id, new ChooseKeys(HostIsHostile: true, null), Cancel));

        var asked = await restore.UntilReadyAsync();
        Assert.Equal(HoldCause.IdentityLog, asked.Hold!.Cause);
        var rogue = asked.Restore!.Log[0];
        Assert.NotNull(rogue.OverruleUntil);
        Assert.False(rogue.Mine);
        MoveDriver.Ok(await restore.Restores.DecideLogAsync(MoveHost.Owner, restore.Id, new DecideLog(asked.Restore.Log[1].Cid), Cancel));
        await restore.UntilHoldAsync(HoldCause.Go);
        await restore.GoAsync();
        var end = await restore.UntilEndAsync();

        Assert.True(end.State == MigrationState.Completed, MoveHost.Story(end));
        var report = await network.JudgeAsync(lost.Judge(network.B, restore.NewHandle, RestoreDriver.NewPassword), Cancel);
        Assert.True(report.Ok, report.ToString());
        var log = (await network.Plc.GetAuditLogAsync(lost.Account.Did, Cancel)).EnumerateArray().ToList();
        Assert.Equal([false, true, false, false], log.Select(entry => entry.GetProperty("nullified").GetBoolean()));
        // A hostile host's key is gone from the first operation of the restore on.
        Assert.DoesNotContain(lost.Server.RotationKey, log[2].GetProperty("operation").GetProperty("rotationKeys").EnumerateArray().Select(key => key.GetString()));
    }

    [Fact]
    public async Task After_72_hours_a_thief_cannot_be_overruled_and_is_told_so()
    {
        var network = await shared.GetAsync(Cancel);
        await using var lost = await LostAccount.CreateAsync(network, Cancel);
        await lost.DieAsync();
        await Identities.ChangeAsync(network, lost.Account.Did, lost.Server, body => body with { RotationKeys = [lost.Server.RotationKey] }, Cancel);
        await network.Plc.AgeAsync(lost.Account.Did, 73, Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var restore = new RestoreDriver(host, lost, network.B, Cancel);
        await restore.DraftAsync(lost.KeptFolder());
        var held = await restore.UntilReadyAsync();
        Assert.True(held.Hold!.Cause == HoldCause.RotationKey, MoveHost.Story(held));
        Assert.Contains("not among the rotation keys", held.Hold.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_never_stood_in_the_identity_is_refused_at_the_field()
    {
        var network = await shared.GetAsync(Cancel);
        await using var lost = await LostAccount.CreateAsync(network, Cancel, keyInIdentity: false);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var service = host.Get<IRestoreService>();
        var draft = MoveDriver.Ok(await service.CreateRestoreAsync(MoveHost.Owner, new CreateMigration(lost.Account.Did), Cancel));
        var given = await service.GiveRotationKeyAsync(MoveHost.Owner, draft.Id, new GiveRotationKey(lost.Key.RevealMultibase(), null), Cancel);
        Assert.Equal(ServiceOutcome.Invalid, given.Outcome);
        Assert.Contains(lost.Key.PublicKey.DidKey, given.Problems[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_old_server_that_changes_the_identity_in_the_middle_is_noticed_and_overruled()
    {
        var network = await shared.GetAsync(Cancel);
        await using var lost = await LostAccount.CreateAsync(network, Cancel);
        await lost.DieAsync();
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var restore = new RestoreDriver(host, lost, network.B, Cancel);
        await restore.DraftAsync(lost.KeptFolder(), keyHere: false);
        await restore.UntilReadyAsync();
        await restore.GoAsync();
        var asked = await restore.UntilHoldAsync(HoldCause.SignElsewhere);
        MoveDriver.Ok(await restore.Restores.GiveOperationAsync(MoveHost.Owner, restore.Id, new GiveOperation(OwnTool.Sign(asked.Restore!.ToSign!.Operation, lost.Key)), Cancel));
        await host.UntilAsync(restore.Id, view => view.Hold?.Cause == HoldCause.SignElsewhere && view.Restore!.ClaimedAt is not null && view.Restore.ToSign is not null, "the last operation", Cancel);

        // Everything is copied; now the old server is there again and writes itself back into the identity.
        await Identities.PointAtAsync(network, lost.Account.Did, lost.Server, new Uri("https://back.example.com"), Cancel);
        MoveDriver.Ok(await host.Service.ResumeAsync(MoveHost.Owner, restore.Id, Cancel));
        await restore.UntilHoldAsync(HoldCause.IdentityMoved);
        MoveDriver.Ok(await host.Service.ResumeAsync(MoveHost.Owner, restore.Id, Cancel));
        var log = await restore.UntilHoldAsync(HoldCause.IdentityLog);
        MoveDriver.Ok(await restore.Restores.DecideLogAsync(MoveHost.Owner, restore.Id, new DecideLog(log.Restore!.Log[1].Cid), Cancel));
        await restore.UntilHoldAsync(HoldCause.Go);
        await restore.GoAsync();
        var last = await restore.UntilHoldAsync(HoldCause.SignElsewhere);
        MoveDriver.Ok(await restore.Restores.GiveOperationAsync(MoveHost.Owner, restore.Id, new GiveOperation(OwnTool.Sign(last.Restore!.ToSign!.Operation, lost.Key)), Cancel));
        var end = await restore.UntilEndAsync();

        Assert.True(end.State == MigrationState.Completed, MoveHost.Story(end));
        var report = await network.JudgeAsync(lost.Judge(network.B, restore.NewHandle, RestoreDriver.NewPassword), Cancel);
        Assert.True(report.Ok, report.ToString());
    }

    [Fact]
    public async Task Other_rotation_keys_and_services_survive_both_operations()
    {
        var network = await shared.GetAsync(Cancel);
        await using var lost = await LostAccount.CreateAsync(network, Cancel);
        using var second = PrivateKey.Generate(KeyCurve.K256);
        var history = PlcAuditLog.Replay(Core.AtProto.Syntax.Did.Parse(lost.Account.Did), await network.Plc.GetAuditLogAsync(lost.Account.Did, Cancel));
        var more = new PlcOperation(history.Current with
        {
            RotationKeys = [lost.Key.PublicKey.DidKey, second.PublicKey.DidKey, lost.Server.RotationKey],
            Services = new Dictionary<string, ServiceEntry>(history.Current.Services) { ["labeler"] = new("AtprotoLabeler", "https://labels.example.com") },
        }, history.Head.Cid).Sign(lost.Key);
        Assert.True((await network.Plc.SubmitAsync(lost.Account.Did, more.ToJson(), Cancel)).Accepted);
        await lost.DieAsync();
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var restore = new RestoreDriver(host, lost, network.B, Cancel);
        var end = await restore.RestoreAsync(lost.KeptFolder());
        Assert.True(end.State == MigrationState.Completed, MoveHost.Story(end));
        foreach (var entry in (await network.Plc.GetAuditLogAsync(lost.Account.Did, Cancel)).EnumerateArray().TakeLast(2))
        {
            var keys = entry.GetProperty("operation").GetProperty("rotationKeys").EnumerateArray().Select(key => key.GetString()).ToList();
            Assert.Equal([lost.Key.PublicKey.DidKey, second.PublicKey.DidKey], keys.Take(2));
            Assert.Equal("https://labels.example.com", entry.GetProperty("operation").GetProperty("services").GetProperty("labeler").GetProperty("endpoint").GetString());
        }
    }

    [Fact]
    public async Task The_owner_of_a_did_web_is_told_twice_what_to_publish()
    {
        var network = await shared.GetAsync(Cancel);
        var server = await network.StartPdsAsync(new PdsOptions($".lost{FreePort.Next()}.test"), Cancel);
        var (account, page) = await network.CreateDidWebAccountAsync(server, Cancel);
        await using var _ = page;
        var before = await network.SnapshotAsync(server, account.Did, Cancel, account.Password);
        await server.KillAsync();
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var service = host.Get<IRestoreService>();
        var id = MoveDriver.Ok(await service.CreateRestoreAsync(MoveHost.Owner, new CreateMigration(account.Did), Cancel)).Id;
        MoveDriver.Ok(await host.Service.ChooseTargetAsync(MoveHost.Owner, id, new ChooseTarget(network.B.Url), Cancel));
        var handle = network.NewHandle(network.B, "back");
        MoveDriver.Ok(await host.Service.ChooseAccountAsync(MoveHost.Owner, id, new ChooseAccount(handle, $"{id}@example.com", RestoreDriver.NewPassword, null), Cancel));
        MoveDriver.Ok(await service.AddFilesAsync(MoveHost.Owner, id, new AddFiles(before.Folder), Cancel));
        MoveDriver.Ok(await host.Service.StartAsync(MoveHost.Owner, id, Cancel));
        await host.UntilHoldAsync(id, HoldCause.Go, Cancel);
        MoveDriver.Ok(await service.GoRestoreAsync(MoveHost.Owner, id, new GiveRestoreGo(account.Did), Cancel));

        var first = await host.UntilHoldAsync(id, HoldCause.DidWebDocument, Cancel);
        await page.PublishAsync(Cancel, signingKey: first.Restore!.TemporaryKey);
        MoveDriver.Ok(await host.Service.ResumeAsync(MoveHost.Owner, id, Cancel));
        var second = await host.UntilAsync(
            id, view => view.Hold is { Cause: HoldCause.DidWebDocument } hold && hold.Details!.Any(line => line.Contains(network.B.Url, StringComparison.Ordinal)), "the second change", Cancel);
        var line = second.Hold!.Details!.Single(detail => detail.Contains("publicKeyMultibase", StringComparison.Ordinal));
        await page.PublishAsync(Cancel, handle, "did:key:" + line[(line.LastIndexOf(' ') + 1)..], network.B.Url);
        MoveDriver.Ok(await host.Service.ResumeAsync(MoveHost.Owner, id, Cancel));
        var end = await host.UntilAsync(id, view => view.State.IsFinal(), "the end", Cancel);

        Assert.True(end.State == MigrationState.Completed, MoveHost.Story(end));
        var report = await network.JudgeAsync(new JudgeRequest(before, network.B) { Handle = handle }, Cancel);
        Assert.True(report.Ok, report.ToString());
        await server.DisposeAsync();
    }
}
