using System.Security.Cryptography;
using System.Text.Json;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Doctor;
using Migrator.Testing.Repos;
using Xunit;

namespace Migrator.Core.Tests.Doctor;

/// <summary>Files alone, with nobody to ask.</summary>
public sealed class CarDoctorTests : IDisposable
{
    private static readonly Did Alice = Did.Parse("did:plc:ewvi7nxzyoun6zhxrhs64oiz");
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("migrator-doctor-");
    private readonly PrivateKey _key = PrivateKey.Generate(KeyCurve.K256);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(BlockOrder.RootFirst)]
    [InlineData(BlockOrder.ByCid)]
    [InlineData(BlockOrder.Shuffled)]
    public async Task A_whole_file_with_the_right_key_is_whole_in_any_order(BlockOrder order)
    {
        var built = SampleRepo.Create(Alice, _key, 300).Build();
        var report = await CheckAsync(built.ToCar(order), _key.PublicKey);

        Assert.Equal((CheckVerdict.Whole, Alice.ToString()), (report.Verdict, report.Did));
        var repo = report.Repo!;
        Assert.Equal((300L, SignerStanding.Current, _key.PublicKey.DidKey), (repo.Records, repo.Signer, repo.SignedBy));
        Assert.Equal(300, repo.Collections.Values.Sum());
        Assert.Equal((built.Commit.ToString(), built.Data.ToString()), (repo.Commit, repo.Data));
        Assert.True(report.Blobs!.Referenced > 0 && report.Blobs.ReferencedBytes > 0);
    }

    [Fact]
    public async Task Without_a_key_everything_but_the_signature_is_checked_and_the_report_says_so()
    {
        var built = SampleRepo.Create(Alice, _key, 50).Build();
        var report = await CheckAsync(built.ToCar(), null);

        Assert.Equal((CheckVerdict.Whole, SignerStanding.Unchecked), (report.Verdict, report.Repo!.Signer));
        Assert.Equal((50L, built.Data.ToString()), (report.Repo.Records, report.Repo.Data));
        Assert.Contains(report.Findings, finding => finding is { Code: "signature", Level: FindingLevel.Note });
    }

    [Theory]
    [InlineData(BlockOrder.RootFirst, true)]
    [InlineData(BlockOrder.Shuffled, true)]
    [InlineData(BlockOrder.Shuffled, false)]
    public async Task The_digest_of_records_is_that_of_their_paths_and_CIDs_in_order(BlockOrder order, bool withKey)
    {
        var car = SampleRepo.Create(Alice, _key, 2000).Build().ToCar(order);
        var path = Path.Combine(_folder.FullName, "listed.car");
        await File.WriteAllBytesAsync(path, car, Cancel);
        using var repo = await RepoVerifier.VerifyFilesAsync([path], new RepoExpectation(Alice, [_key.PublicKey]), cancel: Cancel);
        using var list = new MemoryStream();
        foreach (var record in repo.EnumerateRecords())
        {
            list.Write(System.Text.Encoding.ASCII.GetBytes(record.Path));
            list.Write(record.Cid.ToByteArray());
        }

        var report = await CheckAsync(car, withKey ? _key.PublicKey : null);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(list.ToArray())), report.Repo!.RecordsDigest);
    }

    [Fact]
    public async Task Another_key_is_a_fault()
    {
        using var other = PrivateKey.Generate(KeyCurve.P256);
        var report = await CheckAsync(SampleRepo.Create(Alice, _key, 5).Build().ToCar(), other.PublicKey);
        Assert.Equal(CheckVerdict.NotWhole, report.Verdict);
        Assert.Contains(report.Findings, finding => finding.Text.Contains("CommitSignature", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_flipped_byte_a_cut_end_and_a_missing_block_are_found_with_and_without_a_key(bool withKey)
    {
        var built = SampleRepo.Create(Alice, _key, 80).Build();
        var car = built.ToCar();
        var flipped = car.ToArray();
        flipped[^20] ^= 1;
        foreach (var damaged in new[] { flipped, car[..^5], new BuiltRepo([.. built.Blocks.SkipLast(1)], built.Data, built.Records, built.Expectation).ToCar() })
        {
            var report = await CheckAsync(damaged, withKey ? _key.PublicKey : null);
            Assert.Equal(CheckVerdict.NotWhole, report.Verdict);
            Assert.Null(report.Repo);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("this is no CAR file at all")]
    public async Task Something_else_is_told_as_that(string text) =>
        Assert.Equal(CheckVerdict.NotWhole, (await CheckAsync(System.Text.Encoding.ASCII.GetBytes(text), null)).Verdict);

    [Fact]
    public async Task The_json_has_words_for_states_and_no_empty_fields()
    {
        using var json = JsonDocument.Parse(CheckJson.Write(await CheckAsync(SampleRepo.Create(Alice, _key, 5).Build().ToCar(), _key.PublicKey)));
        Assert.Equal("whole", json.RootElement.GetProperty("verdict").GetString());
        Assert.Equal("current", json.RootElement.GetProperty("repo").GetProperty("signer").GetString());
        Assert.False(json.RootElement.TryGetProperty("move", out _));
    }

    public void Dispose()
    {
        _key.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task<CheckReport> CheckAsync(byte[] car, PublicKey? key)
    {
        var file = Path.Combine(_folder.FullName, "repo.car");
        await File.WriteAllBytesAsync(file, car, Cancel);
        var options = new CheckOptions { WorkFolder = _folder.FullName, Offline = true, Key = key };
        return await new CarDoctor(null, TimeProvider.System).CheckAsync(file, "repo.car", options, null, Cancel);
    }
}
