using System.Text.Json;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Syntax;
using Migrator.Testing.Repos;
using Migrator.Web.Tests.Hosting;
using Xunit;

namespace Migrator.Web.Tests.Features.Doctor;

/// <summary>The commands as processes of their own: their words and exit codes, with nobody to ask.</summary>
public sealed class VerifyCommandTests : IDisposable
{
    private static readonly Did Alice = Did.Parse("did:plc:ewvi7nxzyoun6zhxrhs64oiz");
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("migrator-verify-test-");
    private readonly PrivateKey key = PrivateKey.Generate(KeyCurve.P256);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_whole_file_is_0_and_its_json_can_be_read()
    {
        var file = Write(SampleRepo.Create(Alice, key, 30).Build().ToCar());
        var (exitCode, output, errors) = await ProgramTests.RunAsync("verify", file, "--json", "--key", key.PublicKey.DidKey);
        Assert.Equal((0, ""), (exitCode, errors));
        using var report = JsonDocument.Parse(output);
        Assert.Equal("whole", report.RootElement.GetProperty("verdict").GetString());
        Assert.Equal(30, report.RootElement.GetProperty("repo").GetProperty("records").GetInt64());
        Assert.Equal(key.PublicKey.DidKey, report.RootElement.GetProperty("repo").GetProperty("signedBy").GetString());
    }

    [Fact]
    public async Task A_damaged_file_is_1_and_the_place_is_named()
    {
        var car = SampleRepo.Create(Alice, key, 30).Build().ToCar();
        car[^10] ^= 4;
        var (exitCode, output, _) = await ProgramTests.RunAsync("verify", Write(car), "--offline");
        Assert.Equal(1, exitCode);
        Assert.Contains("NOT WHOLE", output, StringComparison.Ordinal);
        Assert.Contains("at byte", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("verify", "nothing-here.car")]
    [InlineData("verify", "a.example", "b.example")]
    [InlineData("verify", "a.example", "--offline")]
    [InlineData("verify", "a.example", "--key", "did:key:zNot")]
    [InlineData("verify", "a.example", "--frob")]
    [InlineData("verify-report", "x.jws")]
    public async Task Words_that_cannot_be_meant_are_2(params string[] args)
    {
        var (exitCode, output, errors) = await ProgramTests.RunAsync(args);
        Assert.Equal((2, ""), (exitCode, output));
        Assert.StartsWith("migrator verify", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_that_cannot_be_asked_is_5()
    {
        // Nothing listens on port 9 of this machine.
        var (exitCode, output, _) = await ProgramTests.RunAsync(
            "verify", Alice.ToString(), "--Migrator:Plc:Url=http://127.0.0.1:9", "--Migrator:Network:AllowPrivate:0=127.0.0.1:9",
            "--Migrator:Network:SafeAttempts=1");
        Assert.Equal(5, exitCode);
        Assert.Contains("cannot be said now", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signed_report_is_genuine_under_its_key_only_and_only_unchanged()
    {
        using var other = PrivateKey.Generate(KeyCurve.P256);
        var signed = JsonWebSignature.Write(
            """{"did":"did:plc:ewvi7nxzyoun6zhxrhs64oiz","at":"2026-01-02T03:04:05Z","equal":true}"""u8, "application/json", key.PublicKey, data => key.Sign(data));
        var report = Write(signed, "report.jws");
        var keys = Write(JsonWebKeys.Write(key.PublicKey), "migrator-keys.json");

        var (byKeySet, output, _) = await ProgramTests.RunAsync("verify-report", report, "--key", keys);
        var (byOther, _, _) = await ProgramTests.RunAsync("verify-report", report, "--key", other.PublicKey.DidKey);
        signed[20] ^= 1;
        var (changed, _, _) = await ProgramTests.RunAsync("verify-report", Write(signed, "changed.jws"), $"--key={key.PublicKey.DidKey}");

        Assert.Equal((0, 1, 1), (byKeySet, byOther, changed));
        Assert.Contains("both sides are equal", output, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        key.Dispose();
        folder.Delete(recursive: true);
    }

    private string Write(byte[] bytes, string name = "repo.car")
    {
        var path = Path.Combine(folder.FullName, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
