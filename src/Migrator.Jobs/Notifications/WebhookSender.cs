using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Notifications;

/// <summary>
/// Sends one notification: POST, JSON, with <c>Migrator-Id</c> (the same at every try), <c>Migrator-Timestamp</c> (seconds since 1970) and
/// <c>Migrator-Signature</c>: <c>v1=</c> and the HMAC-SHA256, in hex, of timestamp, a dot and the body.
/// </summary>
internal sealed class WebhookSender(IHttpClientFactory clients, IOptions<WebhookOptions> options, TimeProvider time) : IOutboxChannel
{
    public string Name => OutboxChannel.Webhook;

    public int Tries => options.Value.Tries;

    public async Task<string?> SendAsync(OutboxMessage message, CancellationToken ct)
    {
        var body = Encoding.UTF8.GetBytes(message.Payload);
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, options.Value.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("Migrator-Id", message.Id.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("Migrator-Timestamp", timestamp);
        request.Headers.Add("Migrator-Signature", "v1=" + await SignAsync(timestamp, body, ct));
        return await GuardedCall.SendAsync(clients, request, time, ct);
    }

    private async Task<string> SignAsync(string timestamp, byte[] body, CancellationToken ct)
    {
        // Read each time, so that a changed secret needs no restart.
        var secret = Encoding.UTF8.GetBytes((await File.ReadAllTextAsync(options.Value.SecretFile!, ct)).Trim());
        byte[] signed = [.. Encoding.ASCII.GetBytes(timestamp), (byte)'.', .. body];
        return Convert.ToHexStringLower(HMACSHA256.HashData(secret, signed));
    }
}
