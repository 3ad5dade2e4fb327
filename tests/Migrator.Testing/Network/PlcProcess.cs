using System.Net.Http.Json;
using System.Text.Json;

namespace Migrator.Testing.Network;

/// <summary>A PLC directory in a process of its own. It keeps everything in memory: stopping it forgets every account.</summary>
public sealed class PlcProcess : IAsyncDisposable
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly NodeProcess process;

    private PlcProcess(NodeProcess process)
    {
        this.process = process;
        Url = process.Facts.GetProperty("url").GetString()!;
    }

    public string Url { get; }

    public int Pid => process.Pid;

    /// <inheritdoc cref="RealNetwork.StartAsync"/>
    public static async Task<PlcProcess> StartAsync(bool likeProduction, CancellationToken cancel)
    {
        string[] arguments = likeProduction ? ["--like-production"] : [];
        return new PlcProcess((await NodeProcess.StartOnFreePortAsync("plc.mjs", arguments, cancel)).Process);
    }

    /// <summary>What everybody sees: all operations of the DID, oldest first, those struck out included.</summary>
    public Task<JsonElement> GetAuditLogAsync(string did, CancellationToken cancel) => GetAsync($"/{did}/log/audit", cancel);

    /// <summary>The keys, names and services now in force.</summary>
    public Task<JsonElement> GetDataAsync(string did, CancellationToken cancel) => GetAsync($"/{did}/data", cancel);

    public Task<JsonElement> GetDocumentAsync(string did, CancellationToken cancel) => GetAsync($"/{did}", cancel);

    /// <summary>How often somebody tried to write an operation for the DID, accepted or not.</summary>
    public async Task<int> CountAttemptsAsync(string did, CancellationToken cancel) =>
        (await GetAsync($"/_test/log?did={did}", cancel)).GetProperty("attempts").GetInt32();

    /// <summary>
    /// Makes the DID's operations older, from entry <paramref name="from"/> on: after 73 hours nothing can be undone any more.
    /// </summary>
    public Task AgeAsync(string did, double hours, CancellationToken cancel, int from = 0) =>
        ControlAsync("age", new { did, hours, from }, cancel);

    /// <summary>
    /// Puts an operation into the log without any check, as a lying directory would show it, and strikes out others.
    /// Answers with its CID.
    /// </summary>
    public async Task<string> AppendAsync(
        string did, JsonElement operation, CancellationToken cancel, double hoursAgo = 0, params string[] nullifies) =>
        (await ControlAsync("append", new { did, operation, hoursAgo, nullifies }, cancel)).GetProperty("cid").GetString()!;

    public Task ForgetAsync(string did, CancellationToken cancel) => ControlAsync("forget", new { did }, cancel);

    /// <summary>The next writes go wrong.</summary>
    /// <param name="did">Only those for this DID. In a network that tests share, always name it.</param>
    public Task FailWritesAsync(string? did, PlcFault fault, CancellationToken cancel, int times = 1) =>
        FailAsync("POST", did, fault, times, cancel);

    /// <summary>The next reads go wrong.</summary>
    /// <param name="did">As for <see cref="FailWritesAsync"/>.</param>
    public Task FailReadsAsync(string? did, PlcFault fault, CancellationToken cancel, int times = 1) =>
        FailAsync("GET", did, fault, times, cancel);

    /// <summary>Takes back all faults that have not happened yet.</summary>
    public Task CalmAsync(CancellationToken cancel) => ControlAsync("calm", new { }, cancel);

    /// <summary>Offers an operation as anybody may. True: accepted. Otherwise the directory's message.</summary>
    public async Task<(bool Accepted, string Message)> SubmitAsync(string did, JsonElement operation, CancellationToken cancel)
    {
        using var response = await Http.PostAsJsonAsync($"{Url}/{did}", operation, cancel);
        return (response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(cancel));
    }

    /// <inheritdoc cref="NodeProcess.Freeze"/>
    public void Freeze() => process.Freeze();

    /// <inheritdoc cref="NodeProcess.Thaw"/>
    public void Thaw() => process.Thaw();

    public ValueTask DisposeAsync() => process.DisposeAsync();

    private Task FailAsync(string method, string? did, PlcFault fault, int times, CancellationToken cancel) =>
        ControlAsync("faults", new
        {
            method, path = $"/{did ?? "did:"}", times, kind = fault.Kind, status = fault.Status, message = fault.Message,
            milliseconds = fault.Wait.TotalMilliseconds,
        }, cancel);

    private async Task<JsonElement> GetAsync(string path, CancellationToken cancel) =>
        await Http.GetFromJsonAsync<JsonElement>(Url + path, cancel);

    private async Task<JsonElement> ControlAsync(string what, object body, CancellationToken cancel)
    {
        using var response = await Http.PostAsJsonAsync($"{Url}/_test/{what}", body, cancel);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<JsonElement>(cancel);
    }
}
