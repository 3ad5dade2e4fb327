using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Migrator.Core.Drills;

/// <summary>
/// The servers of one drill: a Node.js process that runs a PLC directory and a PDS on loopback. It ends, and deletes its data, when the
/// pipe to its standard input closes, which the death of this process does too.
/// </summary>
internal sealed class SandboxProcess : IAsyncDisposable
{
    public const string Script = "sandbox.mjs";
    private const int LinesKept = 12;
    private const int LongestLine = 400;

    /// <summary>All that it inherits: no settings of this program, which may be secret, and none that would change the servers.</summary>
    private static readonly string[] Inherited = ["PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH"];
    private static readonly TimeSpan EndWithin = TimeSpan.FromSeconds(15);

    private readonly Process _process;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _ended = new();
    private readonly Queue<string> _words = new();
    private readonly Task _listening;
    private readonly Task _watching;

    private SandboxProcess(Process process, TimeProvider time, ILogger log)
    {
        (_process, _time, _log) = (process, time, log);
        _listening = ListenAsync();
        _watching = WatchAsync();
    }

    public SandboxFacts Facts { get; private set; } = null!;

    /// <summary>Cancelled when the process ended, however it did.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>The last lines that it wrote to standard error.</summary>
    public string LastWords
    {
        get
        {
            lock (_words) return string.Join(" | ", _words);
        }
    }

    /// <exception cref="SandboxException">It did not start.</exception>
    public static async Task<SandboxProcess> StartAsync(
        string folder, SandboxOptions options, SandboxOrder order, TimeProvider time, ILogger log, CancellationToken ct)
    {
        var sandbox = new SandboxProcess(Launch(folder, options), time, log);
        using var limit = new CancellationTokenSource(options.StartWithin, time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token, sandbox.Ended);
        try
        {
            await sandbox.GreetAsync(order, any.Token).ConfigureAwait(false);
            Log.SandboxRuns(log, sandbox.Facts.Directory, sandbox.Facts.Server, sandbox._process.Id);
            return sandbox;
        }
        catch (Exception problem)
        {
            var late = limit.IsCancellationRequested;
            await sandbox.DisposeAsync().ConfigureAwait(false); // so that all it said has been read
            if (ct.IsCancellationRequested || problem is not (OperationCanceledException or IOException or JsonException)) throw;
            var what = late ? $"were not ready within {options.StartWithin.TotalSeconds:0} seconds" : "did not start";
            throw new SandboxException($"The servers to restore into {what}. {sandbox.LastWords}".TrimEnd(), problem);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended before it had read its order: the pipe is closed already.
        }
        using var limit = new CancellationTokenSource(EndWithin, _time);
        try
        {
            await _process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        }
        await _listening.ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        Log.SandboxGone(_log, _process.Id);
        _process.Dispose();
        _ended.Dispose();
    }

    private static Process Launch(string folder, SandboxOptions options)
    {
        var start = new ProcessStartInfo(options.Node, [Script])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var kept = start.Environment.Where(variable => Inherited.Contains(variable.Key)).ToList();
        start.Environment.Clear();
        foreach (var (name, value) in kept) start.Environment[name] = value;
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception problem)
        {
            throw new SandboxException($"Node.js could not be started ({options.Node}): {problem.Message}", problem);
        }
    }

    /// <summary>Gives the order and waits for the line that says that all is ready.</summary>
    private async Task GreetAsync(SandboxOrder order, CancellationToken ct)
    {
        var line = JsonSerializer.Serialize(order, SandboxJson.Default.SandboxOrder);
        await _process.StandardInput.WriteLineAsync(line.AsMemory(), ct).ConfigureAwait(false);
        await _process.StandardInput.FlushAsync(ct).ConfigureAwait(false);
        var answer = await _process.StandardOutput.ReadLineAsync(ct).ConfigureAwait(false);
        Facts = JsonSerializer.Deserialize(answer ?? throw new EndOfStreamException(), SandboxJson.Default.SandboxFacts)!;
        if (!Facts.Directory.IsLoopback || !Facts.Server.IsLoopback)
            throw new SandboxException("The servers to restore into are not on loopback.");
    }

    private async Task ListenAsync()
    {
        while (await _process.StandardError.ReadLineAsync(CancellationToken.None).ConfigureAwait(false) is { } line)
        {
            var cut = line.Length > LongestLine ? line[..LongestLine] : line;
            lock (_words)
            {
                _words.Enqueue(cut);
                if (_words.Count > LinesKept) _words.Dequeue();
            }
            Log.SandboxSays(_log, _process.Id, cut);
        }
    }

    private async Task WatchAsync()
    {
        await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        await _ended.CancelAsync().ConfigureAwait(false);
    }
}
