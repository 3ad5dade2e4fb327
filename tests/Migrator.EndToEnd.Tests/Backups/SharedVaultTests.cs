using Migrator.Core.Backups;
using Migrator.Testing.Network;

namespace Migrator.EndToEnd.Tests.Backups;

/// <summary>Two programs that know nothing of each other, the same account, one vault.</summary>
public sealed class SharedVaultTests(SharedNetwork shared)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_programs_on_one_vault_do_not_disturb_each_other()
    {
        var network = await shared.GetAsync(Ct);
        var account = await network.CreateAccountAsync(network.A, Ct);
        await using var one = await LiveBackups.StartAsync(network, Ct);
        await using var two = await LiveBackups.StartAsync(network, Ct, one.VaultFolder);
        Assert.Equal(one.VaultId, two.VaultId);

        var first = await Task.WhenAll(one.StoreAsync(account.Did, Ct), two.StoreAsync(account.Did, Ct));
        Assert.NotEqual(first[0].AccountId, first[1].AccountId);
        await network.AddToAsync(account, new FillOptions { Posts = 2, Images = 1, Seed = 4 }, Ct);
        var second = await Task.WhenAll(one.StoreAsync(account.Did, Ct), two.StoreAsync(account.Did, Ct));

        // One keeps only its newest, and looks after what lies there.
        var order = new PruneOrder(one.Target, one.Index.Folders, new RetentionRules(Last: 1), TimeZoneInfo.Utc) { Grace = TimeSpan.Zero };
        var pruner = new Pruner(one.Index, TimeProvider.System);
        Assert.Equal(1, (await pruner.RunAsync(order, Ct)).Marked);
        var pruned = await pruner.RunAsync(order, Ct);
        Assert.Equal((1, (string?)null), (pruned.Deleted, pruned.Stopped));

        var seen = await SnapshotReader.ListAsync(one.Vault, [one.Identity], Ct);
        Assert.Equal(
            new[] { first[1].Name, second[0].Name, second[1].Name }.Order(StringComparer.Ordinal),
            seen.Select(found => found.Name.Name).Order(StringComparer.Ordinal));
        Assert.Empty((await one.ProveAsync(second[0].Name, Ct)).Faults);
        foreach (var snapshot in new[] { first[1], second[1] })
        {
            Assert.Empty((await two.ProveAsync(snapshot.Name, Ct)).Faults);
            // Who has only the other's key is told so: that is no damage.
            Assert.Equal(SnapshotFault.WrongKey, Assert.Single(seen, found => found.Name.Name == snapshot.Name).Problem!.Fault);
        }
    }
}
