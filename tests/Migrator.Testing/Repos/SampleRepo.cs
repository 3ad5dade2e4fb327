using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Testing.Repos;

/// <summary>Repositories of any size that look like those of people: posts, some with images, likes, follows, reposts, one own lexicon.</summary>
public static class SampleRepo
{
    private static readonly DateTimeOffset Start = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly string[] Words = ["quiet", "river", "über", "stone", "🌲", "walk", "sudden", "light", "paper", "north", "éclair", "tide"];

    /// <summary>The same repository for the same count and seed, apart from the signature.</summary>
    public static RepoBuilder Create(Did did, PrivateKey key, int records, int seed = 1)
    {
        var builder = new RepoBuilder(did, key);
        var random = new Random(seed);
        for (var i = 0; i < records; i++) Add(builder, random, i);
        return builder;
    }

    private static void Add(RepoBuilder builder, Random random, int number)
    {
        var time = Start.AddSeconds(number * 61L);
        var rkey = Tid.FromTime(time, random.Next(1024)).ToString();
        var kind = random.Next(100);
        if (kind < 35) builder.Put($"app.bsky.feed.post/{rkey}", w => Post(w, random, time));
        else if (kind < 75) builder.Put($"app.bsky.feed.like/{rkey}", w => Subject(w, random, time, "app.bsky.feed.like"));
        else if (kind < 85) builder.Put($"app.bsky.feed.repost/{rkey}", w => Subject(w, random, time, "app.bsky.feed.repost"));
        else if (kind < 97) builder.Put($"app.bsky.graph.follow/{rkey}", w => Follow(w, random, time));
        else builder.Put($"com.example.garden.plant/{rkey}", w => Plant(w, random, number));
    }

    private static void Post(DagCborWriter w, Random random, DateTimeOffset time)
    {
        w.BeginMap();
        Field(w, "$type", "app.bsky.feed.post");
        Field(w, "createdAt", time.ToString("O"));
        Field(w, "text", string.Join(' ', Enumerable.Range(0, random.Next(3, 40)).Select(_ => Words[random.Next(Words.Length)])));
        w.WriteKey("langs");
        w.BeginArray();
        w.WriteText("en");
        w.EndArray();
        if (random.Next(4) == 0) Images(w, random);
        w.EndMap();
    }

    private static void Images(DagCborWriter w, Random random)
    {
        w.WriteKey("embed");
        w.BeginMap();
        Field(w, "$type", "app.bsky.embed.images");
        w.WriteKey("images");
        w.BeginArray();
        w.BeginMap();
        Field(w, "alt", "");
        w.WriteKey("image");
        Blob(w, RandomCid(random, CidCodec.Raw), "image/jpeg", random.Next(1000, 900_000));
        w.EndMap();
        w.EndArray();
        w.EndMap();
    }

    /// <summary>Writes a blob reference in the form of today.</summary>
    public static void Blob(DagCborWriter w, Cid cid, string mimeType, long size)
    {
        w.BeginMap();
        Field(w, "$type", "blob");
        w.WriteKey("ref");
        w.WriteLink(cid);
        Field(w, "mimeType", mimeType);
        w.WriteKey("size");
        w.WriteInteger(size);
        w.EndMap();
    }

    private static void Subject(DagCborWriter w, Random random, DateTimeOffset time, string type)
    {
        w.BeginMap();
        Field(w, "$type", type);
        Field(w, "createdAt", time.ToString("O"));
        w.WriteKey("subject");
        w.BeginMap();
        Field(w, "cid", RandomCid(random, CidCodec.DagCbor).ToString());
        Field(w, "uri", $"at://{RandomDid(random)}/app.bsky.feed.post/{Tid.FromTime(time, random.Next(1024))}");
        w.EndMap();
        w.EndMap();
    }

    private static void Follow(DagCborWriter w, Random random, DateTimeOffset time)
    {
        w.BeginMap();
        Field(w, "$type", "app.bsky.graph.follow");
        Field(w, "createdAt", time.ToString("O"));
        Field(w, "subject", RandomDid(random));
        w.EndMap();
    }

    private static void Plant(DagCborWriter w, Random random, int number)
    {
        w.BeginMap();
        Field(w, "$type", "com.example.garden.plant");
        Field(w, "name", $"{Words[random.Next(Words.Length)]} {number}");
        w.WriteKey("watered");
        w.WriteBoolean(random.Next(2) == 0);
        w.WriteKey("heights");
        w.BeginArray();
        for (var i = random.Next(5); i >= 0; i--) w.WriteInteger(random.Next(-5, 500));
        w.EndArray();
        w.EndMap();
    }

    private static void Field(DagCborWriter w, string name, string value)
    {
        w.WriteKey(name);
        w.WriteText(value);
    }

    private static Cid RandomCid(Random random, CidCodec codec)
    {
        Span<byte> digest = stackalloc byte[Cid.DigestLength];
        random.NextBytes(digest);
        return Cid.FromDigest(codec, digest);
    }

    private static string RandomDid(Random random) => "did:plc:" + random.GetString("abcdefghijklmnopqrstuvwxyz234567", 24);
}
