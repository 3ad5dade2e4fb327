using System.Globalization;
using System.Text.Json;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Syntax;
using Migrator.Testing.Repos;

namespace Migrator.Benchmarks;

/// <summary>The newest commit of the set.</summary>
internal sealed record SetHead(string Commit, string Rev);

/// <summary>
/// An account as files: <c>repo.car</c>, <c>blobs/CID</c> and <c>head.json</c>. The same bytes go to us (through
/// <see cref="FreeSource"/>) and to the peer (as a folder). Blobs are random bytes: nobody can compress them or find them twice.
/// </summary>
internal sealed class BackupSet(string folder)
{
    private const string FirstRev = "3n2v7yvgw5k2g";
    private const string SecondRev = "3n2v7yvgw5k3g";

    public static Did Did { get; } = Did.Parse("did:web:localhost%3A9");

    private static PrivateKey Key { get; } = PrivateKey.FromScalar(KeyCurve.K256, Enumerable.Repeat((byte)0xab, 32).ToArray());

    public string Folder => folder;

    public string CarFile => Path.Combine(folder, "repo.car");

    public SetHead Head { get; set; } = null!;

    public string BlobFile(string cid) => Path.Combine(folder, "blobs", cid);

    public static BackupSet Open(string folder) => new(folder)
    {
        Head = JsonSerializer.Deserialize<SetHead>(File.ReadAllText(Path.Combine(folder, "head.json")))!,
    };

    /// <param name="folder">Made.</param>
    /// <param name="records">Records without files, like those of people.</param>
    /// <param name="blobs">Records with a file each.</param>
    /// <param name="bytes">Size of each file.</param>
    public static BackupSet Make(string folder, int records, int blobs, int bytes)
    {
        Directory.CreateDirectory(Path.Combine(folder, "blobs"));
        var set = new BackupSet(folder);
        var builder = SampleRepo.Create(Did, Key, records);
        builder.Rev = Tid.Parse(FirstRev);
        var random = new Random(7);
        var content = new byte[bytes];
        for (var i = 0; i < blobs; i++)
        {
            random.NextBytes(content);
            var cid = Cid.ForRaw(content);
            File.WriteAllBytes(set.BlobFile(cid.ToString()), content);
            builder.Put(string.Create(CultureInfo.InvariantCulture, $"app.bsky.feed.post/file{i:d6}"), w => SampleRepo.Blob(w, cid, "image/jpeg", bytes));
        }
        set.Write(builder.Build(), FirstRev, set.CarFile);
        return set;
    }

    /// <summary>A repo without files, and what a server gives for <c>since</c> after so many of its records were changed.</summary>
    /// <returns>The delta's file.</returns>
    public static (BackupSet Set, Action Change, string Delta, string ChangedCar) MakeChanging(string folder, int records, int changes)
    {
        Directory.CreateDirectory(Path.Combine(folder, "blobs"));
        var set = new BackupSet(folder);
        var builder = SampleRepo.Create(Did, Key, records);
        builder.Rev = Tid.Parse(FirstRev);
        var before = builder.Build();
        set.Write(before, FirstRev, set.CarFile);
        var step = before.Records.Count / changes;
        for (var i = 0; i < changes; i++) builder.PutText(before.Records[i * step].Path, $"changed {i}");
        builder.Rev = Tid.Parse(SecondRev);
        var after = builder.Build();
        var (delta, changed) = (Path.Combine(folder, "delta.car"), Path.Combine(folder, "changed.car"));
        File.WriteAllBytes(delta, after.ToDelta(before));
        using (var file = File.Create(changed)) after.WriteCar(file, BlockOrder.ByCid);
        return (set, () => set.Head = new SetHead(after.Commit.ToString(), SecondRev), delta, changed);
    }

    public string Document() => $$"""
        {"id":"{{Did}}",
        "verificationMethod":[{"id":"#atproto","type":"Multikey","controller":"{{Did}}","publicKeyMultibase":"{{Key.PublicKey.Multibase}}"}],
        "service":[{"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":"http://localhost:9"}]}
        """;

    private void Write(BuiltRepo repo, string rev, string file)
    {
        using (var car = File.Create(file)) repo.WriteCar(car, BlockOrder.ByCid);
        Head = new SetHead(repo.Commit.ToString(), rev);
        File.WriteAllText(Path.Combine(folder, "head.json"), JsonSerializer.Serialize(Head));
    }
}
