using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Testing.Repos;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Repo;

/// <summary>Which maps in a record are references to blobs, and which only look like it.</summary>
public class BlobVisitorTests : TestRepos
{
    private static readonly Cid Blob = Cid.ForRaw([1, 2, 3]);
    private static readonly Cid Other = Cid.ForRaw([4]);
    private static readonly string Raw = $$"""{"$link":"{{Blob}}"}""";

    [Theory]
    [InlineData("""{"$type":"blob","ref":RAW,"mimeType":"image/png","size":3}""")]
    [InlineData("""{"$type":"blob","ref":RAW,"mimeType":"/","size":0}""")]
    [InlineData("""[[1,{"a":"b"},{"x":{"$type":"blob","ref":RAW,"mimeType":"image/png","size":3}}]]""")]
    [InlineData("""{"cid":"TEXT","mimeType":"image/png"}""")]
    [InlineData("""{"cid":"TEXT","mimeType":"x"}""")]
    [InlineData("""{"a":{"b":[{"cid":"TEXT","mimeType":"image/png"}]},"c":1}""")]
    public async Task A_reference_is_found_in_both_forms_at_any_depth(string json) => Assert.Equal([Blob], await BlobsIn(json));

    [Theory]
    [InlineData("""{"$type":"blub","ref":RAW,"mimeType":"image/png","size":3}""")]
    [InlineData("""{"$type":7,"ref":RAW,"mimeType":"image/png","size":3}""")]
    [InlineData("""{"type":"blob","ref":RAW,"mimeType":"image/png","size":3}""")]
    [InlineData("""{"$type":"blob","ref":DAG,"mimeType":"image/png","size":3}""")]
    [InlineData("""{"$type":"blob","ref":"TEXT","mimeType":"image/png","size":3}""")]
    [InlineData("""{"$type":"blob","ref":RAW,"mimeType":"image","size":3}""")]
    [InlineData("""{"$type":"blob","ref":RAW,"mimeType":7,"size":3}""")]
    [InlineData("""{"$type":"blob","ref":RAW,"mimeType":"image/png","size":-1}""")]
    [InlineData("""{"$type":"blob","ref":RAW,"mimeType":"image/png","size":"3"}""")]
    [InlineData("""{"$type":"blob","ref":RAW,"mimeType":"image/png","size":null}""")]
    [InlineData("""{"$type":"blob","ref":RAW,"mimeType":"image/png","size":3,"extra":1}""")]
    [InlineData("""{"ref":RAW,"mimeType":"image/png","size":3}""")]
    [InlineData("""{"$type":"blob","ref":[RAW],"mimeType":"image/png","size":3}""")]
    [InlineData("""{"$type":"blob","ref":RAW,"mimeType":["image/png"],"size":3}""")]
    [InlineData("""{"cid":"TEXT","mimeType":""}""")]
    [InlineData("""{"cid":"nothing","mimeType":"image/png"}""")]
    [InlineData("""{"cid":RAW,"mimeType":"image/png"}""")]
    [InlineData("""{"cid":"TEXT","mimeType":7}""")]
    [InlineData("""{"cid":"TEXT","mimeType":"image/png","size":3}""")]
    [InlineData("""{"cid":"TEXT","mimetype":"image/png"}""")]
    [InlineData("""{"cid":["TEXT"],"mimeType":"image/png"}""")]
    [InlineData("""{"cid":"TEXT","mimeType":true}""")]
    [InlineData("""{"$type":"blob","ref":RAW,"mimeType":"image/png","size":3,"of-the-same":1}""")]
    [InlineData("""{"$type":"blob","rex":RAW,"mimeType":"image/png","size":3}""")]
    [InlineData("""{"$type":"blob","ref":RAW,"mimeType":"image/png","side":3}""")]
    [InlineData("""{"$type":"blob","ref":RAW,"mimetype":"image/png","size":3}""")]
    [InlineData("""{"cid":"TEXT","mimeType":"image/png","of-the-same":1}""")]
    [InlineData("""{"cit":"TEXT","mimeType":"image/png"}""")]
    [InlineData("""{"cid":"bafkreiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa01","mimeType":"image/png"}""")]
    [InlineData("""[RAW,"TEXT"]""")]
    public async Task What_only_looks_like_a_reference_is_none(string json) => Assert.Empty(await BlobsIn(json));

    [Fact]
    public async Task A_blob_is_listed_once_with_the_first_reference_in_path_order()
    {
        var repo = Builder();
        repo.Put("a.b.c/2", w => SampleRepo.Blob(w, Blob, "image/second", 2));
        repo.Put("a.b.c/1", w => SampleRepo.Blob(w, Blob, "image/first", 1));
        repo.Put("a.b.c/3", w => SampleRepo.Blob(w, Other, "image/other", 3));
        using var verified = await Verify(repo.Build());
        Assert.Equal(2, verified.Blobs.Count);
        var found = verified.Blobs.OrderBy(b => b.FirstPath).ToList();
        Assert.Equal(new BlobReference(Blob, "image/first", 1, "a.b.c/1"), found[0]);
        Assert.Equal(new BlobReference(Other, "image/other", 3, "a.b.c/3"), found[1]);
    }

    [Fact]
    public async Task The_old_form_says_no_size()
    {
        using var verified = await Verify(Builder().Put("a.b.c/1", Record($$"""{"cid":"{{Blob}}","mimeType":"image/png"}""")).Build());
        Assert.Equal(new BlobReference(Blob, "image/png", null, "a.b.c/1"), Assert.Single(verified.Blobs));
    }

    [Fact]
    public async Task Several_references_in_one_record_are_all_found()
    {
        var record = $$"""[{"$type":"blob","ref":{{Raw}},"mimeType":"a/b","size":1},{"cid":"{{Other}}","mimeType":"a/b"}]""";
        Assert.Equal(new[] { Blob, Other }.Order(), (await BlobsIn(record)).Order());
    }

    [Theory]
    [InlineData(300, 10)] // more than a byte can count, and more bytes than are taken down of one record
    [InlineData(255, 1)]
    [InlineData(3, 254)]
    [InlineData(3, 300)] // a type that is too long to be kept
    public async Task Many_references_and_long_types_in_one_record_are_all_found_in_every_way(int count, int subtypeLength)
    {
        var type = "a/" + new string('b', subtypeLength);
        var references = Enumerable.Range(0, count).Select(i => $$"""{"cid":"{{Cid.ForRaw(BitConverter.GetBytes(i))}}","mimeType":"{{type}}"}""");
        var built = Builder().Put("a.b.c/1", Record($"[{string.Join(',', references)}]")).Build();
        using var verified = await Verify(built);
        var walked = await RepoVerifier.SummarizeFileAsync(Save(built.ToCar()), Expected, cancel: TestContext.Current.CancellationToken);
        foreach (var blobs in new[] { verified.Blobs, walked.Blobs })
        {
            Assert.Equal(count, blobs.Select(b => b.Cid).Distinct().Count());
            Assert.All(blobs, b => Assert.Equal((type.Length <= 255 ? type : null, "a.b.c/1"), (b.MimeType, b.FirstPath)));
        }
    }

    private async Task<List<Cid>> BlobsIn(string json)
    {
        json = json.Replace("RAW", Raw).Replace("TEXT", Blob.ToString()).Replace("DAG", $$"""{"$link":"{{TestTree.Leaf}}"}""");
        using var verified = await Verify(Builder().Put("a.b.c/1", Record(json)).Build());
        return [.. verified.Blobs.Select(b => b.Cid)];
    }

    /// <summary>A record with the JSON as a field; the bytes are made without the checks that JSON from people goes through.</summary>
    private static byte[] Record(string json)
    {
        using var document = System.Text.Json.JsonDocument.Parse(json);
        var writer = new DagCborWriter();
        writer.BeginMap();
        writer.WriteKey("field");
        Write(writer, document.RootElement);
        writer.EndMap();
        return writer.ToArray();

        static void Write(DagCborWriter writer, System.Text.Json.JsonElement value)
        {
            if (value.ValueKind == System.Text.Json.JsonValueKind.Object && !value.TryGetProperty("$link", out _))
            {
                writer.BeginMap();
                foreach (var property in value.EnumerateObject())
                {
                    writer.WriteKey(property.Name);
                    Write(writer, property.Value);
                }
                writer.EndMap();
            }
            else if (value.ValueKind == System.Text.Json.JsonValueKind.Array)
            {
                writer.BeginArray();
                foreach (var element in value.EnumerateArray()) Write(writer, element);
                writer.EndArray();
            }
            else
            {
                writer.WriteEncoded(DagCborJson.FromJson(value));
            }
        }
    }
}
