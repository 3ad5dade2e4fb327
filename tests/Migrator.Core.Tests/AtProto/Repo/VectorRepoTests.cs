using System.Text.Json;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Repo;

/// <summary>What a real PDS wrote, and the public vectors of the tree.</summary>
public class VectorRepoTests
{
    private const string Generated = "pds-0.4.217-generated";

    [Fact]
    public async Task The_repository_of_a_real_PDS_is_verified_and_read()
    {
        using var records = Json($"{Generated}/records.json");
        using var repo = await VerifyGenerated($"{Generated}/repo.car");
        var found = repo.EnumerateRecords().ToDictionary(r => r.Path, r => r.Cid);
        foreach (var record in records.RootElement.GetProperty("records").EnumerateArray())
        {
            var path = record.GetProperty("uri").GetString()![$"at://{repo.Commit.Did}/".Length..];
            Assert.True(found.Remove(path, out var cid));
            Assert.Equal(record.GetProperty("cid").GetString(), cid.ToString());
            using var value = JsonDocument.Parse(DagCborJson.ToText(repo.ReadRecord(cid)));
            Assert.True(JsonElement.DeepEquals(record.GetProperty("value"), value.RootElement));
        }
        var file = Assert.Single(found);
        Assert.StartsWith("com.example.file/", file.Key);
        var blob = Assert.Single(repo.Blobs);
        Assert.Equal(file.Key, blob.FirstPath);
        Assert.Equal(CidCodec.Raw, blob.Cid.Codec);
        Assert.Equal(41, repo.Records);
        Assert.Equal(40, repo.RecordsByCollection["com.example.thing"]);
        Assert.Equal(1, repo.RecordsByCollection["com.example.file"]);
        Assert.Equal(repo.Commit.Data, MstBuilder.RootOf(repo.EnumerateRecords()));
    }

    [Fact]
    public async Task A_real_delta_on_top_of_the_full_export_is_one_record_less()
    {
        using var before = await VerifyGenerated($"{Generated}/repo.car");
        using var after = await VerifyGenerated($"{Generated}/repo.car", $"{Generated}/repo-diff-since.car");
        Assert.True(after.Commit.Rev > before.Commit.Rev);
        var difference = RepoDiff.Compare(before, after);
        var gone = Assert.Single(difference.Missing);
        Assert.Empty(difference.Extra);
        Assert.Empty(difference.Changed);
        Assert.Equal(before.EnumerateRecords().Where(r => r != gone), after.EnumerateRecords());
        Assert.True(after.UnreferencedBlocks > 0);
    }

    [Fact]
    public async Task A_delta_without_its_full_export_is_incomplete()
    {
        var fault = await Assert.ThrowsAsync<RepoFaultException>(() => VerifyGenerated($"{Generated}/repo-diff-since.car"));
        Assert.True(fault.Fault is RepoFault.BlockMissing or RepoFault.RecordMissing, fault.Message);
    }

    [Fact]
    public void Key_heights_are_those_of_the_vectors()
    {
        using var vectors = Json("atproto-interop/mst/key_heights.json");
        foreach (var vector in vectors.RootElement.EnumerateArray())
        {
            var key = System.Text.Encoding.UTF8.GetBytes(vector.GetProperty("key").GetString()!);
            Assert.Equal(vector.GetProperty("height").GetInt32(), MstKey.Layer(key));
        }
    }

    [Fact]
    public void Common_prefixes_are_those_of_the_vectors()
    {
        using var vectors = Json("atproto-interop/mst/common_prefix.json");
        foreach (var vector in vectors.RootElement.EnumerateArray())
        {
            var left = System.Text.Encoding.UTF8.GetBytes(vector.GetProperty("left").GetString()!);
            var right = System.Text.Encoding.UTF8.GetBytes(vector.GetProperty("right").GetString()!);
            Assert.Equal(vector.GetProperty("len").GetInt32(), left.AsSpan().CommonPrefixLength(right));
        }
    }

    [Fact]
    public void Roots_before_and_after_commits_are_those_of_the_vectors()
    {
        using var vectors = Json("atproto-interop/firehose/commit-proof-fixtures.json");
        foreach (var vector in vectors.RootElement.EnumerateArray())
        {
            var leaf = Cid.Parse(vector.GetProperty("leafValue").GetString()!);
            var keys = new SortedSet<string>(Strings("keys"), StringComparer.Ordinal);
            Assert.Equal(vector.GetProperty("rootBeforeCommit").GetString(), Root());
            keys.UnionWith(Strings("adds"));
            keys.ExceptWith(Strings("dels"));
            Assert.Equal(vector.GetProperty("rootAfterCommit").GetString(), Root());

            string Root() => MstBuilder.RootOf(keys.Select(k => new RepoRecord(k, leaf))).ToString();
            IEnumerable<string> Strings(string name) => vector.GetProperty(name).EnumerateArray().Select(k => k.GetString()!);
        }
    }

    private static async Task<VerifiedRepo> VerifyGenerated(params string[] files)
    {
        using var log = Json($"{Generated}/plc-audit-nullified.json");
        var genesis = log.RootElement[0];
        var key = genesis.GetProperty("operation").GetProperty("verificationMethods").GetProperty("atproto").GetString()!;
        var expected = new RepoExpectation(Did.Parse(genesis.GetProperty("did").GetString()), [PublicKey.ParseDidKey(key)]);
        return await RepoVerifier.VerifyFilesAsync(
            [.. files.Select(TestVectors.Path)], expected, cancel: TestContext.Current.CancellationToken);
    }

    private static JsonDocument Json(string name) => JsonDocument.Parse(File.ReadAllText(TestVectors.Path(name)));
}
