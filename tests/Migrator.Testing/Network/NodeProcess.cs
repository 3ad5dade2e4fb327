using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Migrator.Testing.Network;

/// <summary>
/// A server script of <c>tests/network</c>, running. It ends when this process ends, however that comes about: the script
/// watches the pipe to its standard input.
/// </summary>
public sealed class NodeProcess : IAsyncDisposable
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(5);

    private readonly Process process;
    private readonly LastLines complaints;
    private bool disposed;

    private NodeProcess(Process process, LastLines complaints, JsonElement facts)
    {
        this.process = process;
        this.complaints = complaints;
        Facts = facts;
    }

    /// <summary>What the script said about itself when it was ready.</summary>
    public JsonElement Facts { get; }

    public int Pid => process.Id;

    public bool HasExited => disposed || process.HasExited;

    /// <summary>The last lines the server wrote to standard error.</summary>
    public string Complaints => complaints.ToString();

    /// <summary>Starts the script and waits for the line with which it says that it is ready.</summary>
    /// <exception cref="NodeProcessException">It ended, or was not ready in time; the message holds what it said.</exception>
    public static async Task<NodeProcess> StartAsync(string script, IReadOnlyList<string> arguments, CancellationToken cancel)
    {
        var process = Launch(script, [.. arguments, "--exit-with-parent"]);
        var complaints = new LastLines();
        var following = complaints.FollowAsync(process.StandardError);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(ReadyWithin);
        try
        {
            if (await process.StandardOutput.ReadLineAsync(limit.Token) is not { } line)
            {
                await following.WaitAsync(limit.Token);
                throw new NodeProcessException($"{script} ended before it was ready: {complaints}");
            }
            _ = new LastLines().FollowAsync(process.StandardOutput); // a full pipe would stop the server
            return new NodeProcess(process, complaints, JsonDocument.Parse(line).RootElement);
        }
        catch (Exception trouble)
        {
            process.Kill();
            process.Dispose();
            if (trouble is OperationCanceledException && !cancel.IsCancellationRequested)
                throw new NodeProcessException($"{script} was not ready within {ReadyWithin.TotalSeconds} s: {complaints}");
            throw;
        }
    }

    /// <summary>
    /// Starts a server on a port of its own. Another process may take the port in the moment before the server does; then
    /// the next one is tried.
    /// </summary>
    public static async Task<(NodeProcess Process, int Port)> StartOnFreePortAsync(
        string script, IReadOnlyList<string> arguments, CancellationToken cancel)
    {
        for (var tries = 1; ; tries++)
        {
            var port = FreePort.Next();
            try
            {
                return (await StartAsync(script, ["--port", port.ToString(CultureInfo.InvariantCulture), .. arguments], cancel), port);
            }
            catch (NodeProcessException taken) when (tries < 5 && taken.Message.Contains("EADDRINUSE"))
            {
            }
        }
    }

    /// <summary>Runs a script to its end and answers with the JSON it printed and its exit code.</summary>
    /// <param name="mayFailWith">Exit codes that are an answer too.</param>
    public static async Task<JsonElement> RunAsync(
        string script, IReadOnlyList<string> arguments, CancellationToken cancel, params int[] mayFailWith)
    {
        using var process = Launch(script, arguments);
        process.StandardInput.Close();
        var complaints = new LastLines();
        var following = complaints.FollowAsync(process.StandardError);
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(cancel);
            await process.WaitForExitAsync(cancel);
            await following;
            if (process.ExitCode != 0 && !mayFailWith.Contains(process.ExitCode))
                throw new NodeProcessException($"{script} ended with code {process.ExitCode}: {complaints}");
            return JsonDocument.Parse(output).RootElement;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    /// <summary>Ends the server at once (SIGKILL), as a crash does.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>Asks the server to end and waits for it.</summary>
    public async Task StopAsync()
    {
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(StopWithin);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
        }
    }

    /// <summary>Stops the process in its tracks: its connections stay open and nothing answers any more.</summary>
    public void Freeze() => Signals.Send(Pid, Signals.Stop);

    /// <summary>Lets a frozen process go on.</summary>
    public void Thaw() => Signals.Send(Pid, Signals.Continue);

    public async ValueTask DisposeAsync()
    {
        if (disposed)
            return;
        disposed = true;
        if (!process.HasExited)
        {
            Thaw(); // a frozen process would not notice that it shall end
            await StopAsync();
        }
        process.Dispose();
    }

    private static Process Launch(string script, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo("node")
        {
            WorkingDirectory = NodePackage.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(script);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
