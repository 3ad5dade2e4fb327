using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Options;

namespace Migrator.Core.Drills;

/// <inheritdoc/>
public sealed class SandboxFinder(IOptions<SandboxOptions> options, TimeProvider time) : ISandboxFinder
{
    private const int OldestNode = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly string[] Packages = ["@atproto/pds", "@did-plc/server"];

    public async Task<SandboxAvailability> FindAsync(CancellationToken ct)
    {
        var folder = Path.GetFullPath(options.Value.Sandbox ?? Path.Combine(AppContext.BaseDirectory, "sandbox"));
        if (!File.Exists(Path.Combine(folder, SandboxProcess.Script)))
        {
            return Missing(null, $"The servers to restore into are not on this machine: {folder} holds no sandbox. "
                + $"Set {SandboxOptions.Section}:Sandbox to the folder \"sandbox\" of a copy of Migrator's source, "
                + "and install it there with ./install.sh.");
        }
        var install = Path.Combine(folder, "install.sh");
        if (await ReadVersionAsync(ct).ConfigureAwait(false) is not { } version)
        {
            return Missing(null, $"Node.js was not found ({options.Value.Node}). The servers to restore into run on it: "
                + $"install Node.js {OldestNode} or newer, then run {install} once.");
        }
        var first = version.TrimStart('v').Split('.')[0];
        if (!int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var major) || major < OldestNode)
            return Missing(version, $"Node.js is {version}; the servers to restore into need {OldestNode} or newer. Then run {install}.");
        return Packages.All(package => Directory.Exists(Path.Combine(folder, "node_modules", package)))
            ? new SandboxAvailability(true, $"Drills restore into servers of their own (Node.js {version}).", version, folder)
            : Missing(version, $"The servers to restore into are not installed: run {install} once.");
    }

    private static SandboxAvailability Missing(string? version, string text) => new(false, text, version, null);

    /// <summary>Null when it cannot be started, fails, or says nothing.</summary>
    private async Task<string?> ReadVersionAsync(CancellationToken ct)
    {
        var start = new ProcessStartInfo(options.Value.Node, ["--version"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            return null;
        }
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        using (process)
        {
            try
            {
                var line = await process.StandardOutput.ReadLineAsync(either.Token).ConfigureAwait(false);
                await process.WaitForExitAsync(either.Token).ConfigureAwait(false);
                return process.ExitCode == 0 && line is { Length: > 1 and < 40 } ? line : null;
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                return null;
            }
            finally
            {
                if (!process.HasExited) process.Kill();
            }
        }
    }
}
