using System.Diagnostics;
using Xunit;

namespace Migrator.EndToEnd.Tests.Doctor;

/// <summary><c>migrator-verify</c>, published natively once for a class of tests, from a build folder of its own; and the program as it is built.</summary>
public sealed class NativeVerifyProgram : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private readonly string _folder = Directory.CreateTempSubdirectory("migrator-native-test-").FullName;
    private string? _missing;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string Managed => Path.Combine(AppContext.BaseDirectory, "migrator.dll");

    /// <summary>The native program; the test is skipped where there is no compiler for it. That it does not compile is a failure.</summary>
    public string Native
    {
        get
        {
            Assert.SkipWhen(_missing is not null, _missing ?? "");
            return Path.Combine(_folder, "app", "migrator-verify");
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (!OnPath("clang") && !OnPath("gcc"))
        {
            _missing = "There is neither clang nor gcc here, so nothing can be compiled natively.";
            return;
        }

        string[] settings = ["-p:Native=true", "-p:UseSharedCompilation=false", "--artifacts-path", Path.Combine(_folder, "parts")];
        var project = Path.Combine(Root(), "src", "Migrator.Verify");
        var restored = await RunAsync("dotnet", ["restore", project, "-p:RestoreLockedMode=true", .. settings]);
        if (restored.ExitCode != 0 && restored.Output.Contains("NU1101", StringComparison.Ordinal))
        {
            _missing = "The native compiler is not in the package index of this machine.";
            return;
        }

        Assert.True(restored.ExitCode == 0, restored.Output + restored.Errors);
        var published = await RunAsync(
            "dotnet", ["publish", project, "-c", "Release", "--no-restore", "-o", Path.Combine(_folder, "app"), .. settings]);
        Assert.True(published.ExitCode == 0, published.Output + published.Errors);
        // A warning of the trimmer or the native compiler means that the two programs may differ somewhere.
        Assert.DoesNotContain("warning", published.Output, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Both, one after the other.</summary>
    public async Task<(Said Native, Said Managed)> RunBothAsync(params string[] args) =>
        (await RunAsync(Native, args), await RunAsync("dotnet", [Managed, "verify", .. args]));

    public static async Task<Said> RunAsync(string program, string[] args)
    {
        var start = new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(Cancel);
            var errors = process.StandardError.ReadToEndAsync(Cancel);
            await process.WaitForExitAsync(Cancel).WaitAsync(Patience, Cancel);
            return new Said(process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static bool OnPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, name)));

    private static string Root()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Migrator.sln")))
            root = root.Parent ?? throw new InvalidOperationException("These tests run inside the project's folder only.");
        return root.FullName;
    }
}

/// <summary>What a program said and how it ended.</summary>
public sealed record Said(int ExitCode, string Output, string Errors);
