using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Testing.Repos;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Repo;

/// <summary>Who listens to the records while they are checked, and what may wait for it in memory.</summary>
public sealed class RecordListenerTests : TestRepos
{
    [Theory]
    [InlineData(0)]
    [InlineData(10_000)]
    [InlineData(70_000)]
    [InlineData(400_000)]
    [InlineData(32 << 20)]
    public async Task Every_record_is_told_once_and_in_order_however_little_may_wait(long waiting)
    {
        var built = Sample(5000).Build();
        var told = new List<RepoRecord>();
        await InspectAsync(built, waiting, (path, cid) => told.Add(new RepoRecord(System.Text.Encoding.ASCII.GetString(path), cid)));
        Assert.Equal(built.Records, told);
    }

    [Theory]
    [InlineData(100_000, 0)]
    [InlineData(32 << 20, 1200)] // all that comes before the subtree that is not whole
    public async Task Where_the_top_of_a_tree_is_more_than_may_wait_it_is_told_after_the_check(long waiting, int expected)
    {
        // The top are four layers; the key that is missing below it comes last.
        var collection = new string('c', 500);
        var builder = Builder();
        foreach (var path in Paths(number => $"{collection}/k{number}", layer => layer is >= 2 and <= 5).Take(1200))
            builder.PutText(path, "same");
        builder.PutMissing(Paths(number => $"{collection}/z{number}", layer => layer == 0).First(), Cid.ForDagCbor([1]));
        var count = 0;
        var fault = await Assert.ThrowsAsync<RepoFaultException>(() => InspectAsync(builder.Build(), waiting, (_, _) => count++));
        Assert.Equal((RepoFault.RecordMissing, expected), (fault.Fault, count));
    }

    private static IEnumerable<string> Paths(Func<int, string> name, Func<int, bool> isWanted) =>
        Enumerable.Range(0, int.MaxValue).Select(name).Where(path => isWanted(MstKey.Layer(System.Text.Encoding.ASCII.GetBytes(path))));

    private async Task InspectAsync(BuiltRepo built, long waiting, RecordVisitor listener) => await RepoVerifier.InspectFilesAsync(
        [Save(built.ToCar())], listener, new RepoLimits { MaxWaitingForListener = waiting }, cancel: TestContext.Current.CancellationToken);
}
