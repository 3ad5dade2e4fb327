using System.Text.RegularExpressions;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Syntax;
using Migrator.Testing.Network;
using Migrator.Testing.Repos;
using Xunit;

namespace Migrator.EndToEnd.Tests.Doctor;

/// <summary>The native verify says what <c>migrator verify</c> says, byte for byte, and ends as it does.</summary>
public sealed partial class NativeVerifyTests(NativeVerifyProgram program, SharedNetwork shared) : IClassFixture<NativeVerifyProgram>, IDisposable
{
    private static readonly Did Alice = Did.Parse("did:plc:ewvi7nxzyoun6zhxrhs64oiz");
    private readonly string folder = Directory.CreateTempSubdirectory("migrator-native-verify-").FullName;
    private readonly PrivateKey key = PrivateKey.Generate(KeyCurve.K256);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_files_both_say_the_same()
    {
        using var stranger = PrivateKey.Generate(KeyCurve.P256);
        var built = SampleRepo.Create(Alice, key, 3000).Build();
        var car = built.ToCar();
        var whole = Write("whole.car", car);
        var damaged = (byte[])car.Clone();
        damaged[car.Length / 2] ^= 4;
        string[] byKey = ["--key", key.PublicKey.DidKey];

        await BothAsync(0, "whole", [whole, .. byKey]);
        await BothAsync(0, "\"recordsDigest\"", [whole, "--json", .. byKey]);
        await BothAsync(0, "not checked", [whole, "--offline"]);
        await BothAsync(0, "\"unchecked\"", [whole, "--offline", "--json"]);
        await BothAsync(1, "NOT WHOLE", [whole, $"--key={stranger.PublicKey.DidKey}"]);
        await BothAsync(1, "at byte", [Write("cut.car", car[..^100]), .. byKey]);
        await BothAsync(1, "\"notWhole\"", [Write("damaged.car", damaged), "--json", .. byKey]);
        await BothAsync(1, "NOT WHOLE", [Write("empty.car", []), "--offline"]);
        await BothAsync(1, "NOT WHOLE", [Write("other.car", "this is no CAR file"u8.ToArray()), "--offline"]);
    }

    [Fact]
    public async Task Words_and_settings_that_are_wrong_both_refuse_alike()
    {
        await BothAsync(2, "Give a CAR file", []);
        await BothAsync(2, "there is no file", ["nothing-here.car"]);
        await BothAsync(2, "--key takes", ["a.example", "--key", "did:key:zNot"]);
        await BothAsync(2, "SafeAttempts", ["a.example", "--Migrator:Network:SafeAttempts=0", "--Migrator:Plc:Url=http://elsewhere.example"]);
        await BothAsync(2, "not-a-number", ["a.example", "--Migrator:Network:MaxCallsPerHost=not-a-number"]);
    }

    [Fact]
    public async Task Of_a_living_account_both_say_the_same()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        var (car, _) = await new XrpcSession(network.A.Url).GetBytesAsync("com.atproto.sync.getRepo", Cancel, ("did", account.Did));
        string[] settings =
        [
            $"--Migrator:Plc:Url={network.Plc.Url}", "--Migrator:Network:AllowPrivate:0=localhost:*", "--Migrator:Network:AllowPrivate:1=127.0.0.1:*",
            "--Migrator:Identity:DohUrl=", $"--Migrator:Identity:HandleResolvers:0={network.A.Url}", "--Migrator:Network:RetryDelay=00:00:00.01",
        ];

        await BothAsync(0, "whole", [account.Handle, .. settings]);
        await BothAsync(0, "\"whole\"", [account.Did, "--blobs", "--json", "--other-host", network.B.Url, .. settings]);
        await BothAsync(0, "signed by", [Write("online.car", car), "--blobs", .. settings]);
        await BothAsync(6, "NOT FOUND", [network.NewHandle(network.A, "nobody"), .. settings]);
        // Nothing listens on port 9 of this machine.
        await BothAsync(5, "cannot be said now", [account.Did, .. settings[1..], "--Migrator:Plc:Url=http://127.0.0.1:9"]);
    }

    [Fact]
    public async Task The_program_hands_verify_over_to_the_native_one_beside_it()
    {
        var native = program.Native;
        var place = Directory.CreateDirectory(Path.Combine(folder, "program")).FullName;
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory).Where(file => Path.GetExtension(file) is ".dll" or ".json"))
            File.Copy(file, Path.Combine(place, Path.GetFileName(file)));
        var beside = Path.Combine(place, "migrator-verify");
        string[] verify = [Path.Combine(place, "migrator.dll"), "verify", Write("whole.car", SampleRepo.Create(Alice, key, 30).Build().ToCar()), "--offline"];

        // Something that is surely not the program's own code, to see that the words and the exit code pass through.
        await File.WriteAllTextAsync(beside, "#!/bin/sh\necho \"native $# $1 $2\"\nexit 7\n", Cancel);
        File.SetUnixFileMode(beside, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        Assert.Equal(new Said(7, $"native 2 {verify[2]} --offline\n", ""), await NativeVerifyProgram.RunAsync("dotnet", verify));

        File.Copy(native, beside, overwrite: true);
        var handedOver = await NativeVerifyProgram.RunAsync("dotnet", verify);
        Assert.Equal((0, ""), (handedOver.ExitCode, handedOver.Errors));
        Assert.Contains("The repository is whole", handedOver.Output, StringComparison.Ordinal);

        await File.WriteAllTextAsync(beside, "not for this machine", Cancel);
        var without = await NativeVerifyProgram.RunAsync("dotnet", verify);
        Assert.Equal((0, handedOver.Output), (without.ExitCode, without.Output));
        Assert.Contains("cannot be started", without.Errors, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        key.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    /// <param name="says">Somewhere in what it says, so that equal nonsense does not pass.</param>
    private async Task BothAsync(int exitCode, string says, string[] args)
    {
        var (native, managed) = await program.RunBothAsync(args);
        Assert.Equal(exitCode, managed.ExitCode);
        Assert.Contains(says, managed.Output + managed.Errors, StringComparison.Ordinal);
        Assert.Equal(Timeless(managed), Timeless(native));
    }

    /// <summary>The time of the report is the one thing that differs from run to run.</summary>
    private static Said Timeless(Said said) => said with { Output = ReportTime().Replace(said.Output, "\"at\": \"then\"") };

    [GeneratedRegex("(?<=^  )\"at\": \"[^\"]+\"", RegexOptions.Multiline)]
    private static partial Regex ReportTime();

    private string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
