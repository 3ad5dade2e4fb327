using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Migrator.Testing.Network;

namespace Migrator.Benchmarks;

/// <summary>The program as it ships, in a process of its own, worked through its API.</summary>
internal sealed class MigratorProgram : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly string _data;
    private readonly HttpClient _http;

    private MigratorProgram(ChildProcess process, string data, string address)
    {
        (_process, _data) = (process, data);
        _http = new HttpClient { BaseAddress = new Uri($"{address}/api/v1/"), Timeout = TimeSpan.FromMinutes(5) };
    }

    public long PeakMiB => Memory.PeakMiB(_process.Process.Id);

    public double CpuSeconds => Cpu.SecondsOf(_process.Process.Id);

    /// <param name="program">The published <c>migrator.dll</c>.</param>
    /// <param name="network">What it may call.</param>
    /// <param name="settings">More of the program's settings, as <c>--Migrator:…=…</c>.</param>
    public static async Task<MigratorProgram> StartAsync(string program, RealNetwork network, params string[] settings)
    {
        var data = Directory.CreateTempSubdirectory("migrator-benchmark-").FullName;
        var address = $"http://127.0.0.1:{FreePort.Next()}";
        var process = ChildProcess.Start("dotnet",
        [
            program, $"--Migrator:Data={data}", $"--Migrator:Url={address}", $"--Migrator:Plc:Url={network.Plc.Url}",
            "--Migrator:Network:AllowPrivate:0=localhost:*", "--Migrator:Identity:DohUrl=",
            $"--Migrator:Identity:HandleResolvers:0={network.A.Url}", $"--Migrator:Identity:HandleResolvers:1={network.B.Url}",
            "--Logging:LogLevel:Default=Warning", .. settings,
        ]);
        var migrator = new MigratorProgram(process, data, address);
        while (!(await process.ReadLineAsync()).StartsWith("Open ", StringComparison.Ordinal))
        {
            // Warnings; with its link the program says that it listens.
        }

        process.DropOutput();
        var token = await File.ReadAllTextAsync(Path.Combine(data, "api-token"));
        migrator._http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Trim());
        return migrator;
    }

    public Task<JsonElement> PostAsync(string path, object? body = null) => SendAsync(HttpMethod.Post, path, body);

    public Task<JsonElement> PutAsync(string path, object body) => SendAsync(HttpMethod.Put, path, body);

    public Task<JsonElement> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _http.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, object? body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? JsonDocument.Parse(text).RootElement
            : throw new InvalidOperationException($"{method} {path} answered {(int)response.StatusCode}: {text}");
    }
}
