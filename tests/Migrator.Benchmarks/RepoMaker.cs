using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Testing.Repos;

namespace Migrator.Benchmarks;

/// <summary>Makes the same repository file for the same arguments, apart from the signature.</summary>
internal static class RepoMaker
{
    private static readonly Did Account = Did.Parse("did:plc:7iza6de2dwap2sbkpav7c6c6");

    private static PrivateKey Key => PrivateKey.FromScalar(KeyCurve.K256, Enumerable.Repeat((byte)0xab, 32).ToArray());

    /// <summary>The public half as text: a verifier does not work with private keys, nor should one that is measured.</summary>
    public static RepoExpectation Expectation { get; } = new(Account, [PublicKey.ParseDidKey("did:key:zQ3shoNGfndFiXvnfTDeQk6fvVQk1Wsi1FvEJPp1oK1cEVhqV")]);

    /// <param name="count">Records.</param>
    /// <param name="order"><c>preorder</c>, <c>cid</c> or <c>shuffled</c>; <c>changed</c> is preorder with 30 records changed.</param>
    /// <param name="file">The CAR to write.</param>
    public static int Make(int count, string order, string file)
    {
        var builder = SampleRepo.Create(Account, Key, count);
        if (order == "changed")
        {
            for (var i = 0; i < 30; i++) builder.PutText($"app.bsky.feed.post/changed{i:d3}", $"changed {i}");
        }
        var repo = builder.Build();
        if (order is "preorder" or "changed") return MakePreorder(repo, file);
        using var stream = File.Create(file);
        repo.WriteCar(stream, order == "cid" ? BlockOrder.ByCid : BlockOrder.Shuffled, seed: 1);
        return 0;
    }

    /// <summary>Our own full export is in preorder.</summary>
    private static int MakePreorder(BuiltRepo repo, string file)
    {
        var raw = file + ".raw";
        using (var stream = File.Create(raw)) repo.WriteCar(stream);
        using (var verified = RepoVerifier.VerifyFilesAsync([raw], Expectation).GetAwaiter().GetResult())
        {
            using var stream = File.Create(file);
            verified.WriteFullCar(stream);
        }
        File.Delete(raw);
        return 0;
    }
}
