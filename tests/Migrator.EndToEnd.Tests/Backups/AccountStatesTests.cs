using Migrator.Core.Backups;
using Migrator.EndToEnd.Tests.Network;
using Migrator.Testing.Network;

namespace Migrator.EndToEnd.Tests.Backups;

/// <summary>What becomes of an account between two backups, on real servers.</summary>
public sealed class AccountStatesTests(SharedNetwork shared)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_account_that_moved_is_followed_to_its_new_server()
    {
        var network = await shared.GetAsync(Ct);
        var account = await network.CreateAccountAsync(network.A, Ct);
        await using var backups = await LiveBackups.StartAsync(network, Ct);
        var before = await backups.StoreAsync(account.Did, Ct);
        await new ReferenceMove(network, network.A, network.B, account).RunAsync(Ct);

        var stored = Assert.IsType<BackupOutcome.Stored>(await backups.RunAsync(account.Did, Ct));
        Assert.Equal([RemarkKind.MovedHost, RemarkKind.HandleChanged], stored.Remarks.Select(remark => remark.Kind));
        var after = stored.Vaults[0].Snapshot!;
        Assert.Equal((new Uri(network.B.Url), before.Data), (after.Pds, after.Data));
        foreach (var snapshot in new[] { before, after }) Assert.Empty((await backups.ProveAsync(snapshot.Name, Ct)).Faults);

        // A delta from the new server on top of its own export.
        await network.AddToAsync(account with { Pds = network.B.Url, Handle = after.Handle!, Password = "another battery staple" }, new FillOptions { Seed = 3 }, Ct);
        var later = await backups.StoreAsync(account.Did, Ct);
        Assert.Equal(CarKind.Delta, later.Chain[^1].Kind);
        Assert.Empty((await backups.ProveAsync(later.Name, Ct)).Faults);
    }

    [Fact]
    public async Task A_deactivated_account_is_told_and_still_backed_up_for_its_owner()
    {
        var network = await shared.GetAsync(Ct);
        var account = await network.CreateAccountAsync(network.A, Ct);
        await using var backups = await LiveBackups.StartAsync(network, Ct);
        var session = await backups.SignInAsync(account, Ct);
        await backups.StoreAsync(account.Did, Ct);
        var owner = await account.SignInAsync(Ct);
        await network.AddToAsync(account, new FillOptions { Seed = 5, Posts = 2, Images = 1 }, Ct);
        await owner.PostAsync("com.atproto.server.deactivateAccount", new { }, Ct);

        Assert.Equal(AccountAbsence.Deactivated, Assert.IsType<BackupOutcome.AccountGone>(await backups.RunAsync(account.Did, Ct)).Kind);
        var snapshot = await backups.StoreAsync(account.Did, Ct, session);
        Assert.Empty((await backups.ProveAsync(snapshot.Name, Ct)).Faults);
    }

    [Fact]
    public async Task Taken_down_and_deleted_accounts_are_told_apart_and_keep_their_snapshots()
    {
        var network = await shared.GetAsync(Ct);
        var account = await network.CreateAccountAsync(network.A, Ct);
        await using var backups = await LiveBackups.StartAsync(network, Ct);
        var snapshot = await backups.StoreAsync(account.Did, Ct);
        var admin = new PdsAdmin(network.A);
        await admin.TakeDownAsync(account.Did, true, Ct);
        Assert.Equal(AccountAbsence.TakenDown, Assert.IsType<BackupOutcome.AccountGone>(await backups.RunAsync(account.Did, Ct)).Kind);
        await admin.TakeDownAsync(account.Did, false, Ct);
        Assert.IsType<BackupOutcome.Unchanged>(await backups.RunAsync(account.Did, Ct));
        await admin.DeleteAccountAsync(account.Did, Ct);
        // The reference server also ends the identity of an account that it deletes, or leaves it naming itself; either is a clear state.
        var gone = Assert.IsType<BackupOutcome.AccountGone>(await backups.RunAsync(account.Did, Ct));
        Assert.True(gone.Kind is AccountAbsence.NotOnItsHost or AccountAbsence.Tombstoned, gone.ToString());
        Assert.Empty((await backups.ProveAsync(snapshot.Name, Ct)).Faults);
    }

    [Fact]
    public async Task A_server_and_a_directory_that_are_down_are_waited_for()
    {
        await using var network = await RealNetwork.StartAsync(Ct);
        var account = await network.CreateAccountAsync(network.A, Ct);
        await using var backups = await LiveBackups.StartAsync(network, Ct);
        var snapshot = await backups.StoreAsync(account.Did, Ct);
        await network.Plc.DisposeAsync();
        // The directory is not needed as long as the known server answers.
        Assert.IsType<BackupOutcome.Unchanged>(await backups.RunAsync(account.Did, Ct));
        await network.A.DisposeAsync();
        Assert.IsType<BackupOutcome.Waiting>(await backups.RunAsync(account.Did, Ct));
        Assert.Empty((await backups.ProveAsync(snapshot.Name, Ct)).Faults);
    }
}
