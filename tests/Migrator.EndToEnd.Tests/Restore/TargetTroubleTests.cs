using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Migrations;
using Migrator.EndToEnd.Tests.Move;
using Migrator.Jobs.Migrations;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Restore;

/// <summary>Restores in which the new server, or what was kept, is the trouble.</summary>
public sealed class TargetTroubleTests(SharedNetwork shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_wrong_invite_code_is_found_out_before_anything_is_changed()
    {
        var network = await shared.GetAsync(Cancel);
        await using var lost = await LostAccount.CreateAsync(network, Cancel);
        await lost.DieAsync();
        var operations = await lost.CountOperationsAsync(Cancel);
        var picky = await network.StartPdsAsync(new PdsOptions($".picky{FreePort.Next()}.test") { InviteRequired = true }, Cancel);
        await using var _ = picky;
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var restore = new RestoreDriver(host, lost, picky, Cancel);
        await restore.DraftAsync(lost.KeptFolder(), invite: "no-such-code");
        var held = await restore.UntilReadyAsync();
        Assert.True(held.Hold!.Cause == HoldCause.TargetAccount, MoveHost.Story(held));
        Assert.Contains("invite code", held.Hold.Message, StringComparison.Ordinal);
        Assert.Equal(operations, await lost.CountOperationsAsync(Cancel));
    }

    [Fact]
    public async Task Refused_after_the_claim_the_prepared_way_back_makes_the_identity_what_it_was()
    {
        var network = await shared.GetAsync(Cancel);
        await using var lost = await LostAccount.CreateAsync(network, Cancel);
        await lost.DieAsync();
        var picky = await network.StartPdsAsync(new PdsOptions($".picky{FreePort.Next()}.test") { InviteRequired = true }, Cancel);
        await using var _ = picky;
        var invite = await picky.Admin.CreateInviteAsync(1, Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var restore = new RestoreDriver(host, lost, picky, Cancel);
        await restore.DraftAsync(lost.KeptFolder(), invite: invite);
        var ready = await restore.UntilReadyAsync();
        Assert.True(ready.Hold!.Cause == HoldCause.Go, MoveHost.Story(ready));
        // Somebody else is faster with the code.
        await network.CreateAccountAsync(picky, Cancel, fill: new FillOptions { Invite = invite, Posts = 1, Images = 0 });
        await restore.GoAsync();
        var held = await restore.UntilHoldAsync(HoldCause.TargetAccount);
        Assert.True(held.Can.Release, MoveHost.Story(held));
        Assert.False(held.Can.Cancel);

        MoveDriver.Ok(await restore.Restores.ReleaseAsync(MoveHost.Owner, restore.Id, new GiveRestoreGo(lost.Account.Did), Cancel));
        var end = await restore.UntilEndAsync();

        Assert.True(end.State == MigrationState.Undone, MoveHost.Story(end));
        var history = PlcAuditLog.Replay(Did.Parse(lost.Account.Did), await network.Plc.GetAuditLogAsync(lost.Account.Did, Cancel));
        Assert.Equal(3, history.Valid.Count);
        Assert.Equal(history.Valid[0].Operation.Body, history.Current);
    }

    [Fact]
    public async Task An_account_that_an_earlier_try_left_there_is_used_and_the_identity_not_claimed_again()
    {
        var network = await shared.GetAsync(Cancel);
        await using var lost = await LostAccount.CreateAsync(network, Cancel);
        await lost.DieAsync();
        var kept = lost.KeptFolder();
        string handle;
        await using (var first = await MoveHost.StartAsync(network, Cancel, ("Migrator:Move:LargestRepo", "20000000000")))
        {
            var begun = new RestoreDriver(first, lost, network.B, Cancel);
            await begun.DraftAsync(kept, keyHere: false);
            await begun.UntilReadyAsync();
            await begun.GoAsync();
            var asked = await begun.UntilHoldAsync(HoldCause.SignElsewhere);
            MoveDriver.Ok(await begun.Restores.GiveOperationAsync(MoveHost.Owner, begun.Id, new GiveOperation(OwnTool.Sign(asked.Restore!.ToSign!.Operation, lost.Key)), Cancel));
            await first.UntilAsync(begun.Id, view => view.Hold?.Cause == HoldCause.SignElsewhere && view.Restore!.ClaimedAt is not null && view.Restore.ToSign is not null, "the last operation", Cancel);
            handle = begun.NewHandle;
        }

        // That machine is gone as well; another one begins anew, with the password that was chosen then.
        var operations = await lost.CountOperationsAsync(Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var restore = new RestoreDriver(host, lost, network.B, Cancel);
        await restore.DraftAsync(kept);
        MoveDriver.Ok(await host.Service.ChooseAccountAsync(MoveHost.Owner, restore.Id, new ChooseAccount(handle, $"{restore.Id}@example.com", RestoreDriver.NewPassword, null), Cancel));
        var ready = await restore.UntilReadyAsync();
        Assert.True(ready.Hold!.Cause == HoldCause.Go, MoveHost.Story(ready));
        await restore.GoAsync();
        var end = await restore.UntilEndAsync();
        Assert.True(end.State == MigrationState.Completed, MoveHost.Story(end));
        Assert.Equal(operations + 1, await lost.CountOperationsAsync(Cancel));
        var report = await network.JudgeAsync(lost.Judge(network.B, handle, RestoreDriver.NewPassword), Cancel);
        Assert.True(report.Ok, report.ToString());
    }

    [Fact]
    public async Task Missing_files_are_named_before_the_claim_and_another_source_fills_the_gap()
    {
        var network = await shared.GetAsync(Cancel);
        await using var lost = await LostAccount.CreateAsync(network, Cancel);
        await lost.DieAsync();
        var absent = lost.Account.Blobs[0].Cid;
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var restore = new RestoreDriver(host, lost, network.B, Cancel);
        await restore.DraftAsync(lost.KeptFolder(cid => cid != absent));
        var held = await restore.UntilReadyAsync();
        Assert.True(held.Hold!.Cause == HoldCause.MissingBlobs, MoveHost.Story(held));
        Assert.Equal([absent], held.BlobProblems.Select(blob => blob.Cid));
        Assert.Null(held.Restore!.ClaimedAt);

        // It turns up in an archive; a file with its name and other bytes beside it fools nobody.
        var more = lost.KeptFolder(_ => false);
        await File.WriteAllTextAsync(Path.Combine(more, absent), "not these bytes", Cancel);
        await using (var file = File.Create(Path.Combine(more, "found.zip")))
        await using (var zip = new System.IO.Compression.ZipArchive(file, System.IO.Compression.ZipArchiveMode.Create))
        {
            await using var entry = await zip.CreateEntry("../../etc/IMG_1.jpg").OpenAsync(Cancel);
            await entry.WriteAsync(await File.ReadAllBytesAsync(lost.Before.BlobFile(absent), Cancel), Cancel);
        }

        MoveDriver.Ok(await restore.Restores.AddFilesAsync(MoveHost.Owner, restore.Id, new AddFiles(more), Cancel));
        await restore.UntilHoldAsync(HoldCause.Go);
        await restore.GoAsync();
        var end = await restore.UntilEndAsync();
        Assert.True(end.State == MigrationState.Completed, MoveHost.Story(end));
        var report = await network.JudgeAsync(lost.Judge(network.B, restore.NewHandle, RestoreDriver.NewPassword), Cancel);
        Assert.True(report.Ok, report.ToString());
    }

    [Fact]
    public async Task A_file_that_is_lost_for_good_is_left_out_by_name_and_said_in_the_report()
    {
        var network = await shared.GetAsync(Cancel);
        await using var lost = await LostAccount.CreateAsync(network, Cancel);
        await lost.DieAsync();
        var absent = lost.Account.Blobs[0].Cid;
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var restore = new RestoreDriver(host, lost, network.B, Cancel);
        await restore.DraftAsync(lost.KeptFolder(cid => cid != absent));
        await restore.UntilReadyAsync();
        MoveDriver.Ok(await host.Service.AcceptMissingAsync(MoveHost.Owner, restore.Id, new AcceptMissingBlobs([absent]), Cancel));
        await restore.UntilHoldAsync(HoldCause.Go);
        await restore.GoAsync();
        var end = await restore.UntilEndAsync();
        Assert.True(end.State == MigrationState.CompletedWithRemarks, MoveHost.Story(end));
        Assert.Contains(end.Remarks, remark => remark.Contains("1 files could not be restored", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_old_server_still_standing_is_asked_only_if_wanted_and_gives_what_is_missing()
    {
        var network = await shared.GetAsync(Cancel);
        await using var lost = await LostAccount.CreateAsync(network, Cancel);
        var absent = lost.Account.Blobs[0].Cid;
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var restore = new RestoreDriver(host, lost, network.B, Cancel);
        await restore.DraftAsync(lost.KeptFolder(cid => cid != absent));
        var held = await restore.UntilReadyAsync();
        Assert.Equal(HoldCause.MissingBlobs, held.Hold!.Cause);
        MoveDriver.Ok(await restore.Restores.AddOldServerAsync(MoveHost.Owner, restore.Id, new AddOldServer(), Cancel));
        await restore.UntilHoldAsync(HoldCause.Go);
        await lost.DieAsync();
        await restore.GoAsync();
        var end = await restore.UntilEndAsync();
        Assert.True(end.State == MigrationState.Completed, MoveHost.Story(end));
        var report = await network.JudgeAsync(lost.Judge(network.B, restore.NewHandle, RestoreDriver.NewPassword), Cancel);
        Assert.True(report.Ok, report.ToString());
    }

    [Fact]
    public async Task A_repo_of_somebody_else_is_no_repo_of_this_account()
    {
        var network = await shared.GetAsync(Cancel);
        await using var lost = await LostAccount.CreateAsync(network, Cancel);
        await lost.DieAsync();
        var other = await network.CreateAccountAsync(network.A, Cancel, fill: new FillOptions { Posts = 1, Images = 0 });
        var theirs = await network.SnapshotAsync(network.A, other.Did, Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var restore = new RestoreDriver(host, lost, network.B, Cancel);
        await restore.DraftAsync(theirs.CarFile);
        var held = await restore.UntilReadyAsync();
        Assert.Equal(HoldCause.Sources, held.Hold!.Cause);
        Assert.Contains(held.Hold.Details!, line => line.Contains(other.Did, StringComparison.Ordinal) || line.Contains("repo.car", StringComparison.Ordinal));
    }
}
