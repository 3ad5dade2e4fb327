using System.Diagnostics;
using Migrator.Core.Age;
using Xunit;

namespace Migrator.Core.Tests.Age;

/// <summary>The age tool of the system, in a folder of its own; a test that needs it says "skipped" where it is not installed.</summary>
internal sealed class AgeTool : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("migrator-age-");

    public AgeTool()
    {
        if (Find("age") is null || Find("age-keygen") is null) Assert.Skip("The tools age and age-keygen are not installed here.");
    }

    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    public async Task<string> WriteAsync(string name, byte[] bytes, CancellationToken cancel)
    {
        await File.WriteAllBytesAsync(PathOf(name), bytes, cancel);
        return PathOf(name);
    }

    /// <summary>Writes an identity file as <c>age-keygen</c> does.</summary>
    public async Task<string> WriteAsync(string name, X25519Identity identity, CancellationToken cancel)
    {
        await File.WriteAllTextAsync(PathOf(name), $"# public key: {identity.Recipient}\n{identity.RevealText()}\n", cancel);
        return PathOf(name);
    }

    /// <summary>Runs a tool to its end; what it printed and said.</summary>
    public async Task<(int Code, string Output, string Errors)> RunAsync(
        string program, string input, CancellationToken cancel, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.FullName,
        };
        using var process = Process.Start(start)!;
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancel);
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(cancel);
            var errors = process.StandardError.ReadToEndAsync(cancel);
            await process.WaitForExitAsync(cancel);
            return (process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
