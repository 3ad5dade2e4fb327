using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Migrator.Testing.Network;

namespace Migrator.EndToEnd.Tests.Processes;

/// <summary>
/// The program itself, as a process of its own: the one that MIGRATOR_PROGRAM names (a published <c>migrator</c>), or the one built beside
/// these tests. Data folder and port stay the same over its restarts.
/// </summary>
internal sealed class MigratorProcess : IAsyncDisposable
{
    /// <summary>What a shell reports for a process that <c>kill -9</c> ended.</summary>
    public const int Killed = 128 + 9;

    private const int LinesKept = 300;
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(40);

    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly bool _ownsData;
    private readonly IReadOnlyList<string> _launcher;
    private readonly Queue<string> _lines = new();
    private readonly HttpClient _http;
    private Process? _process;

    private MigratorProcess(IReadOnlyDictionary<string, string> settings, string? data, IReadOnlyList<string> launcher)
    {
        _settings = settings;
        _launcher = launcher;
        _ownsData = data is null;
        Data = data ?? Directory.CreateTempSubdirectory("migrator-process-").FullName;
        Url = new Uri($"http://127.0.0.1:{FreePort.Next().ToString(CultureInfo.InvariantCulture)}");
        _http = new HttpClient { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(30) };
    }

    public Uri Url { get; }

    public string Data { get; }

    /// <summary>The data folder as everybody else sees it, also when a launcher has mounted a disk there that only the program has.</summary>
    public string DataSeen => _launcher.Count == 0 ? Data : $"/proc/{Pid.ToString(CultureInfo.InvariantCulture)}/root{Data}";

    public int Pid => Running().Id;

    public bool HasExited => Running().HasExited;

    public int ExitCode => Running().ExitCode;

    /// <summary>The last lines of both outputs, of all its starts.</summary>
    public string Output
    {
        get
        {
            lock (_lines) return string.Join('\n', _lines);
        }
    }

    /// <param name="settings">Settings by their names with colons, and environment variables by theirs.</param>
    /// <param name="data">A data folder to use and leave; null for a new one that goes with the process.</param>
    /// <param name="launcher">A command that becomes the program, whose own command line is put behind it: <c>unshare … sh -c …</c>.</param>
    /// <exception cref="InvalidOperationException">It ended, or was not ready in time; with what it said.</exception>
    public static async Task<MigratorProcess> StartAsync(
        IReadOnlyDictionary<string, string> settings, CancellationToken ct, string? data = null, IReadOnlyList<string>? launcher = null)
    {
        var program = new MigratorProcess(settings, data, launcher ?? []);
        try
        {
            program.Launch();
            await program.UntilReadyAsync(ct);
            return program;
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    /// <summary>Not started yet.</summary>
    public static MigratorProcess Create(IReadOnlyDictionary<string, string> settings, string? data = null) => new(settings, data, []);

    /// <summary>Starts it (again), and does not wait.</summary>
    /// <param name="more">Settings for this start only.</param>
    public void Launch(IReadOnlyDictionary<string, string>? more = null)
    {
        _process?.Dispose();
        var start = Under(_launcher, Program());
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.WorkingDirectory = Data;
        Set(start, "Migrator:Data", Data);
        Set(start, "Migrator:Url", Url.ToString());
        foreach (var (key, value) in _settings.Concat(more ?? new Dictionary<string, string>()))
            Set(start, key, value);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Starts it again after its end, and waits until it is ready.</summary>
    public async Task StartAgainAsync(CancellationToken ct, IReadOnlyDictionary<string, string>? more = null)
    {
        await WaitForExitAsync(ct);
        Launch(more);
        await UntilReadyAsync(ct);
    }

    /// <summary>Waits for <c>/health/ready</c> to answer 200.</summary>
    public async Task UntilReadyAsync(CancellationToken ct)
    {
        var begun = Stopwatch.GetTimestamp();
        while (await ReadinessAsync(ct) != HttpStatusCode.OK)
        {
            if (HasExited)
                throw new InvalidOperationException($"migrator ended with {ExitCode} before it was ready:\n{Output}");
            if (Stopwatch.GetElapsedTime(begun) > ReadyWithin)
                throw new InvalidOperationException($"migrator was not ready within {ReadyWithin.TotalSeconds} s:\n{Output}");
            await Task.Delay(50, ct);
        }
    }

    /// <summary>The status of <c>/health/ready</c>; null while nothing listens.</summary>
    public async Task<HttpStatusCode?> ReadinessAsync(CancellationToken ct)
    {
        try
        {
            using var answer = await _http.GetAsync("/health/ready", ct);
            return answer.StatusCode;
        }
        catch (Exception away) when (away is HttpRequestException or System.Net.Sockets.SocketException)
        {
            return null;
        }
    }

    /// <summary>Calls the HTTP API with the token that the program keeps in its data folder.</summary>
    /// <exception cref="HttpRequestException">Nothing answers: it was killed.</exception>
    public async Task<HttpResponseMessage> CallAsync(HttpMethod method, string path, HttpContent? body, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        var token = await File.ReadAllTextAsync(Path.Combine(DataSeen, "api-token"), ct);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Trim());
        return await _http.SendAsync(request, ct);
    }

    /// <summary><c>kill -9</c>.</summary>
    public async Task KillAsync()
    {
        Running().Kill();
        await Running().WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>Asks it to end (SIGTERM), as a service manager does, and waits.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync(CancellationToken ct)
    {
        Signals.Send(Pid, Signals.Terminate);
        await WaitForExitAsync(ct);
        return ExitCode;
    }

    /// <summary>Waits for an end that must come soon.</summary>
    public Task WaitForExitAsync(CancellationToken ct) => UntilExitAsync(ct).WaitAsync(StopWithin, ct);

    /// <summary>Waits for its end, however long it lives.</summary>
    public Task UntilExitAsync(CancellationToken ct) => Running().WaitForExitAsync(ct);

    /// <summary>Stops it in its tracks (SIGSTOP): its connections stay open and nothing answers any more.</summary>
    public void Freeze() => Signals.Send(Pid, Signals.Stop);

    public void Thaw() => Signals.Send(Pid, Signals.Continue);

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
            await KillAsync();
        _process?.Dispose();
        _http.Dispose();
        if (_ownsData && Directory.Exists(Data))
            Directory.Delete(Data, recursive: true);
    }

    private static ProcessStartInfo Program()
    {
        if (Environment.GetEnvironmentVariable("MIGRATOR_PROGRAM") is { Length: > 0 } published)
            return new ProcessStartInfo(Path.GetFullPath(published));
        return new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "migrator.dll")]);
    }

    private static ProcessStartInfo Under(IReadOnlyList<string> launcher, ProcessStartInfo program) => launcher.Count == 0
        ? program
        : new ProcessStartInfo(launcher[0], [.. launcher.Skip(1), program.FileName, .. program.ArgumentList]);

    private static void Set(ProcessStartInfo start, string key, string value) =>
        start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;

    private Process Running() => _process ?? throw new InvalidOperationException("It was never started.");

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_lines)
        {
            _lines.Enqueue(line);
            if (_lines.Count > LinesKept)
                _lines.Dequeue();
        }
    }
}
