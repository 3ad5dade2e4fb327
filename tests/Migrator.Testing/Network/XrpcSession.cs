using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Migrator.Testing.Network;

/// <summary>
/// The plainest client there is, for what a test does "from another app": posting while a move runs, asking for a code,
/// reading back. It shares nothing with Migrator's own client, which is under test.
/// </summary>
public sealed class XrpcSession(string url, AuthenticationHeaderValue? authorization = null)
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(60) };

    public static async Task<XrpcSession> SignInAsync(string url, string identifier, string password, CancellationToken cancel)
    {
        var answer = await new XrpcSession(url).PostAsync("com.atproto.server.createSession", new { identifier, password }, cancel);
        return new XrpcSession(url, new AuthenticationHeaderValue("Bearer", answer.GetProperty("accessJwt").GetString()));
    }

    /// <exception cref="XrpcSessionException">The server refused.</exception>
    public Task<JsonElement> GetAsync(string nsid, CancellationToken cancel, params (string Name, string Value)[] parameters) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, Address(nsid, parameters)), nsid, cancel);

    /// <param name="body">Sent as JSON; null sends none.</param>
    /// <exception cref="XrpcSessionException">The server refused.</exception>
    public async Task<JsonElement> PostAsync(string nsid, object? body, CancellationToken cancel)
    {
        var content = body is null ? null : JsonContent.Create(body);
        return await SendAsync(new HttpRequestMessage(HttpMethod.Post, Address(nsid)) { Content = content }, nsid, cancel);
    }

    /// <summary>A repo or a blob, whole.</summary>
    public async Task<(byte[] Bytes, string? MimeType)> GetBytesAsync(
        string nsid, CancellationToken cancel, params (string Name, string Value)[] parameters)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Address(nsid, parameters));
        request.Headers.Authorization = authorization;
        using var response = await Http.SendAsync(request, cancel);
        if (!response.IsSuccessStatusCode)
            throw new XrpcSessionException(nsid, (int)response.StatusCode, await response.Content.ReadAsStringAsync(cancel));
        return (await response.Content.ReadAsByteArrayAsync(cancel), response.Content.Headers.ContentType?.MediaType);
    }

    public async Task<JsonElement> PostBytesAsync(string nsid, byte[] bytes, string mimeType, CancellationToken cancel)
    {
        var content = new ByteArrayContent(bytes) { Headers = { ContentType = MediaTypeHeaderValue.Parse(mimeType) } };
        return await SendAsync(new HttpRequestMessage(HttpMethod.Post, Address(nsid)) { Content = content }, nsid, cancel);
    }

    private string Address(string nsid, params (string Name, string Value)[] parameters) =>
        $"{url}/xrpc/{nsid}?{string.Join('&', parameters.Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value)}"))}";

    private async Task<JsonElement> SendAsync(HttpRequestMessage request, string nsid, CancellationToken cancel)
    {
        using (request)
        {
            request.Headers.Authorization = authorization;
            using var response = await Http.SendAsync(request, cancel);
            var text = await response.Content.ReadAsStringAsync(cancel);
            if (!response.IsSuccessStatusCode)
                throw new XrpcSessionException(nsid, (int)response.StatusCode, text);
            return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
        }
    }
}
