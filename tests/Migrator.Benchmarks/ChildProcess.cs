using System.Diagnostics;
using System.Text.Json;

namespace Migrator.Benchmarks;

/// <summary>A process that a benchmark starts: itself with other words, a Node.js script, or Migrator.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly long _started = Stopwatch.GetTimestamp();

    private ChildProcess(Process process) => Process = process;

    public Process Process { get; }

    public static ChildProcess Start(string program, IEnumerable<string> arguments, string? folder = null)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, WorkingDirectory = folder ?? "" };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return new ChildProcess(Process.Start(start)!);
    }

    /// <summary>This benchmark program with other words.</summary>
    public static ChildProcess Self(params string[] words) => Start("dotnet", [typeof(ChildProcess).Assembly.Location, .. words]);

    /// <summary>A script in <c>peers</c>; its libraries are those of the test network.</summary>
    public static ChildProcess Peer(string script, params string[] words) =>
        Start("node", [Path.Combine(AppContext.BaseDirectory, "peers", script), .. words], Migrator.Testing.Network.NodePackage.Folder);

    /// <summary>The first line that it prints.</summary>
    public async Task<string> ReadLineAsync() =>
        await Process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The process ended before it said anything.");

    /// <summary>Reads away what else it prints: a full pipe would stop it.</summary>
    public void DropOutput() => _ = Process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);

    /// <summary>What it printed last, as JSON, and how long it took from its start to its end.</summary>
    public async Task<(JsonElement Answer, double Seconds)> FinishAsync()
    {
        var text = await Process.StandardOutput.ReadToEndAsync();
        await Process.WaitForExitAsync();
        var seconds = Stopwatch.GetElapsedTime(_started).TotalSeconds;
        return Process.ExitCode == 0
            ? (JsonDocument.Parse(text.TrimEnd().Split('\n')[^1]).RootElement, seconds)
            : throw new InvalidOperationException($"{Process.StartInfo.ArgumentList[0]} ended with code {Process.ExitCode}: {text}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!Process.HasExited)
        {
            Process.Kill();
            await Process.WaitForExitAsync();
        }

        Process.Dispose();
    }
}
