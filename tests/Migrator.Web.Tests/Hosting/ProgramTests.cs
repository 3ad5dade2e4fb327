using System.Diagnostics;

namespace Migrator.Web.Tests.Hosting;

/// <summary>The program as a process of its own: its words and exit codes.</summary>
public sealed class ProgramTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Help_names_the_commands_and_settings()
    {
        var (exitCode, output, _) = await RunAsync("--help");
        Assert.Equal(0, exitCode);
        foreach (var word in new[] { "migrator link", "migrator token", "Migrator:Data", "Migrator:Url", "Migrator:Door:AllowRemote", "Exit codes" })
            Assert.Contains(word, output);
    }

    [Fact]
    public async Task Bad_settings_stop_the_start_with_one_line_each()
    {
        var (exitCode, _, errors) = await RunAsync("--Migrator:Url=0.0.0.0", "--Migrator:Role=boss");
        Assert.Equal(2, exitCode);
        Assert.Equal(2, errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.DoesNotContain("   at ", errors);
    }

    [Fact]
    public async Task Settings_of_the_engine_and_the_database_are_checked_too()
    {
        using var data = new TemporaryFolder();
        var (exitCode, _, errors) = await RunAsync($"--Migrator:Data={data.Path}", "--Migrator:Url=http://127.0.0.1:0", "--Migrator:Database:Provider=oracle");
        Assert.Equal(2, exitCode);
        Assert.Contains("Migrator:Database:Provider", errors);
        Assert.DoesNotContain("   at ", errors);
    }

    [Theory]
    [InlineData("--Migrator:Network:SafeAttempts=often", "verify", "alice.example")] // read by code made at build time
    [InlineData("--Migrator:Engine:LeaseSeconds=long")] // read by reflection
    public async Task A_setting_that_is_no_number_is_named_in_one_line(string setting, params string[] command)
    {
        using var data = new TemporaryFolder();
        var (exitCode, _, errors) = await RunAsync([.. command, $"--Migrator:Data={data.Path}", "--Migrator:Url=http://127.0.0.1:0", setting]);
        Assert.Equal(2, exitCode);
        Assert.Contains(setting.Split('=')[0][2..], Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Faults_of_several_parts_are_all_named()
    {
        using var data = new TemporaryFolder();
        var (exitCode, _, errors) = await RunAsync(
            $"--Migrator:Data={data.Path}", "--Migrator:Url=http://127.0.0.1:0", "--Migrator:Move:BlobsAtOnce=0", "--Migrator:Engine:LeaseSeconds=1");
        Assert.Equal(2, exitCode);
        Assert.Contains("BlobsAtOnce", errors);
        Assert.Contains("LeaseSeconds", errors);
        Assert.DoesNotContain("   at ", errors);
    }

    [Theory]
    [InlineData("Move:WatchEvery", "abc")]
    [InlineData("Move:WatchEvery", "7.00:00:00")]
    [InlineData("Backups:BlobsAtOnce", "0")]
    [InlineData("Plc:Url", "nonsense")]
    [InlineData("Drill:StartWithin", "00:00:00")]
    [InlineData("Engine:LeaseSeconds", "soon")]
    [InlineData("Door:LinkLifetime", "soon")]
    public async Task Whatever_setting_is_wrong_it_is_told_in_one_line_before_anything_starts(string key, string value)
    {
        using var data = new TemporaryFolder();
        var (exitCode, _, errors) = await RunAsync($"--Migrator:Data={data.Path}", "--Migrator:Url=http://127.0.0.1:0", $"--Migrator:{key}={value}");
        Assert.Equal(2, exitCode);
        Assert.Contains(key.Split(':')[1], Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        Assert.False(File.Exists(Path.Combine(data.Path, "migrator.db")));
    }

    [Fact]
    public async Task A_second_program_on_the_same_folder_is_refused_and_a_link_for_the_first_can_be_made()
    {
        // The link is made by another process, with the system's clock: this one must not have another.
        await using var first = await TestProgram.StartAsync(time: new ManualTime { Now = TimeProvider.System.GetUtcNow() });
        var (exitCode, _, errors) = await RunAsync($"--Migrator:Data={first.Data}", "--Migrator:Url=http://127.0.0.1:0");
        Assert.Equal(4, exitCode);
        Assert.Contains("Another Migrator is running", errors);

        var (linked, output, _) = await RunAsync("link", $"--Migrator:Data={first.Data}", $"--Migrator:Url={first.Address.GetLeftPart(UriPartial.Authority)}");
        Assert.Equal(0, linked);
        var link = output.Split('\n')[0]["Open ".Length..].Trim();
        using var browser = first.OpenBrowser();
        var (_, _, location) = await browser.FillInAsync("/enter", "enter", ("Code", link));
        Assert.Equal("/", location);
    }

    [Fact]
    public async Task An_address_in_use_is_told_in_words()
    {
        await using var first = await TestProgram.StartAsync();
        using var data = new TemporaryFolder();
        var (exitCode, _, errors) = await RunAsync($"--Migrator:Data={data.Path}", $"--Migrator:Url={first.Address.GetLeftPart(UriPartial.Authority)}");
        Assert.Equal(3, exitCode);
        Assert.Contains("Migrator:Url", errors);
    }

    internal static async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "migrator.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(Ct);
            var errors = process.StandardError.ReadToEndAsync(Ct);
            await process.WaitForExitAsync(Ct).WaitAsync(TimeSpan.FromMinutes(2), Ct);
            return (process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("migrator-web-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
