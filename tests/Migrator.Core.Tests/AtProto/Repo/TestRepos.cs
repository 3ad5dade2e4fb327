using Migrator.Core.AtProto.Car;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Testing.Repos;

namespace Migrator.Core.Tests.AtProto.Repo;

/// <summary>What the tests of this folder share: one account, and CAR files that go away with the test.</summary>
public abstract class TestRepos : IDisposable
{
    private int _files;

    /// <summary>Goes away with the test.</summary>
    protected string Folder { get; } = Directory.CreateTempSubdirectory("migrator-repo-").FullName;

    protected static Did Account { get; } = Did.Parse("did:plc:7iza6de2dwap2sbkpav7c6c6");

    protected static PrivateKey Key { get; } = PrivateKey.Generate(KeyCurve.K256);

    protected static RepoExpectation Expected { get; } = new(Account, [Key.PublicKey]);

    protected static RepoBuilder Builder() => new(Account, Key);

    /// <summary>A small repository with a few layers.</summary>
    protected static RepoBuilder Sample(int records = 40) => SampleRepo.Create(Account, Key, records);

    protected string Save(byte[] car)
    {
        var path = Path.Combine(Folder, $"{_files++}.car");
        File.WriteAllBytes(path, car);
        return path;
    }

    protected Task<VerifiedRepo> Verify(BuiltRepo repo) => Verify(repo.ToCar());

    protected Task<VerifiedRepo> Verify(params byte[][] cars) =>
        RepoVerifier.VerifyFilesAsync([.. cars.Select(Save)], Expected, cancel: Xunit.TestContext.Current.CancellationToken);

    protected Task<RepoFault?> FaultOf(BuiltRepo repo) => FaultOf(repo.ToCar());

    protected async Task<RepoFault?> FaultOf(params byte[][] cars) => (await ExceptionOf(cars))?.Fault;

    protected async Task<RepoFaultException?> ExceptionOf(params byte[][] cars)
    {
        try
        {
            (await Verify(cars)).Dispose();
            return null;
        }
        catch (RepoFaultException e)
        {
            return e;
        }
    }

    protected static byte[] Car(Cid root, IEnumerable<(Cid Cid, byte[] Data)> blocks)
    {
        using var stream = new MemoryStream();
        var car = new CarWriter(stream, root);
        foreach (var (cid, data) in blocks) car.WriteBlock(cid, data);
        car.Flush();
        return stream.ToArray();
    }

    /// <summary>The first bytes of a CAR.</summary>
    protected static byte[] Header(params Cid[] roots)
    {
        var header = new DagCborWriter();
        header.BeginMap();
        header.WriteKey("roots");
        header.BeginArray();
        foreach (var root in roots) header.WriteLink(root);
        header.EndArray();
        header.WriteKey("version");
        header.WriteInteger(1);
        header.EndMap();
        return [(byte)header.WrittenSpan.Length, .. header.WrittenSpan];
    }

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }
}
