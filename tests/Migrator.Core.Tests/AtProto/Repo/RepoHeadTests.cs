using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Testing.Repos;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Repo;

/// <summary>What a file says of where to begin, and whose it is, in every way in.</summary>
public class RepoHeadTests : TestRepos
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_before_the_last_must_name_one_root_too()
    {
        var repo = Sample().Build();
        var car = repo.ToCar();
        Assert.Equal(RepoFault.CarRoots, await FaultOf([.. Header(repo.Commit, repo.Commit), .. car[59..]], car));
        Assert.Null(await FaultOf(car, car));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Two_roots_or_none_are_refused_where_blocks_come_in_the_order_of_the_tree_too(int roots)
    {
        var good = await PreorderAsync(Sample().Build());
        byte[] car = [.. Header([.. Enumerable.Repeat(good.Commit, roots)]), .. good.Car[59..]];
        foreach (var fault in await FaultsOf(car, Expected)) Assert.Equal(RepoFault.CarRoots, fault);
        foreach (var fault in await FaultsOf(good.Car, Expected)) Assert.Null(fault);
    }

    [Fact]
    public async Task A_commit_that_goes_by_the_name_of_a_file_is_none()
    {
        var repo = Sample().Build();
        var raw = Cid.ForRaw(repo.Blocks[0].Data);
        var car = Car(raw, [(raw, repo.Blocks[0].Data), .. repo.Blocks.Skip(1)]);
        foreach (var fault in await FaultsOf(car, Expected)) Assert.Equal(RepoFault.CommitShape, fault);
        Assert.Equal(RepoFault.CommitShape, await InspectedAsync(car));
    }

    [Fact]
    public async Task A_commit_that_names_no_DID_is_refused_also_where_no_account_is_expected()
    {
        var good = Sample().Build();
        var fields = CommitFields.Read(good.Blocks[0].Data, 0);
        var signature = Key.Sign(CommitFields.Unsigned("nobody", fields.Rev, fields.Data, null));
        var commit = CommitFields.Signed("nobody", fields.Rev, fields.Data, null, signature);
        var car = Car(Cid.ForDagCbor(commit), [(Cid.ForDagCbor(commit), commit), .. good.Blocks.Skip(1)]);
        var anyone = new RepoExpectation(null, [Key.PublicKey]);
        foreach (var fault in await FaultsOf(car, anyone)) Assert.Equal(RepoFault.CommitDid, fault);
        Assert.Equal(RepoFault.CommitDid, await InspectedAsync(car));
        Assert.Null(await InspectedAsync(good.ToCar()));
    }

    /// <summary>By file and by stream, with an index and for a summary.</summary>
    private async Task<IReadOnlyList<RepoFault?>> FaultsOf(byte[] car, RepoExpectation expected) =>
    [
        await FaultOf(async () => (await RepoVerifier.VerifyFilesAsync([Save(car)], expected, cancel: Cancel)).Dispose()),
        await FaultOf(() => RepoVerifier.SummarizeFileAsync(Save(car), expected, cancel: Cancel)),
        await FaultOf(async () => (await RepoVerifier.VerifyStreamAsync(new MemoryStream(car), Store(), expected, cancel: Cancel)).Dispose()),
        await FaultOf(() => RepoVerifier.SummarizeStreamAsync(new MemoryStream(car), Store(), expected, cancel: Cancel)),
    ];

    private Task<RepoFault?> InspectedAsync(byte[] car) => FaultOf(() => RepoVerifier.InspectFilesAsync([Save(car)], cancel: Cancel));

    private static async Task<RepoFault?> FaultOf(Func<Task> verify)
    {
        try
        {
            await verify();
            return null;
        }
        catch (RepoFaultException fault)
        {
            return fault.Fault;
        }
    }

    private FileStream Store() => new(Path.Combine(Folder, Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.ReadWrite);

    private async Task<(Cid Commit, byte[] Car)> PreorderAsync(BuiltRepo repo)
    {
        using var verified = await Verify(repo);
        using var car = new MemoryStream();
        verified.WriteFullCar(car);
        return (repo.Commit, car.ToArray());
    }
}
