using Migrator.Core.Backups;
using Migrator.Testing.Backups;
using Migrator.Testing.Repos;
using Xunit;

namespace Migrator.Core.Tests.Backups;

public sealed class LargeRepoTests
{
    private const int Records = 100_000;
    private const int Changes = 30;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Thirty_changed_records_of_a_hundred_thousand_store_less_than_a_megabyte()
    {
        await using var account = await StubAccount.StartAsync();
        await using var world = new BackupWorld();
        account.Builder = SampleRepo.Create(account.Did, account.Key, Records);
        var before = account.Publish();
        var first = await world.StoreAsync(account.Did, Ct);
        Assert.True(first.AbsentBlobs > 5000); // the list of blobs is long too

        for (var i = 0; i < Changes; i++) account.Builder.PutText(before.Records[i * (Records / Changes)].Path, $"changed {i}");
        account.AddBlob("app.bsky.feed.post/withnewfile", [1, 2, 3]);
        account.Publish();
        var second = await world.StoreAsync(account.Did, Ct);
        Assert.InRange(second.NewBytes, 1, 1_000_000);
        Assert.Equal([CarKind.Full, CarKind.Delta], second.Chain.Select(link => link.Kind));
        Assert.Empty((await world.ProveAsync(world.Vault, second.Name, Ct)).Faults);
    }
}
