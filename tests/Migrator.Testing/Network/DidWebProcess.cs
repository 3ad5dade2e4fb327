using System.Net.Http.Json;

namespace Migrator.Testing.Network;

/// <summary>The web page that is a did:web account's identity, and its owner's power to change it.</summary>
public sealed class DidWebProcess : IAsyncDisposable
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly NodeProcess process;

    private DidWebProcess(NodeProcess process) => this.process = process;

    /// <summary>Such as <c>did:web:localhost%3A21234</c>.</summary>
    public string Did => process.Facts.GetProperty("did").GetString()!;

    /// <summary>Origin of the page.</summary>
    public string Url => process.Facts.GetProperty("url").GetString()!;

    /// <summary>Makes an active account, with nothing in it, on the PDS.</summary>
    internal static async Task<DidWebProcess> StartAsync(PdsProcess pds, string handle, string password, CancellationToken cancel)
    {
        string[] arguments = ["--pds", pds.Url, "--handle", handle, "--password", password];
        return new DidWebProcess((await NodeProcess.StartOnFreePortAsync("did-web.mjs", arguments, cancel)).Process);
    }

    /// <summary>Does what the owner must do in a move: changes the page. What is null stays as it is.</summary>
    /// <param name="signingKey">A did:key.</param>
    /// <param name="pds">Origin of the server that now holds the account.</param>
    public async Task PublishAsync(CancellationToken cancel, string? handle = null, string? signingKey = null, string? pds = null)
    {
        using var response = await Http.PutAsJsonAsync($"{Url}/.well-known/did.json", new { handle, signingKey, pds }, cancel);
        response.EnsureSuccessStatusCode();
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
