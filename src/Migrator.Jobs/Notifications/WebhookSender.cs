using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Migrator.Core.AtProto.Net;
using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Notifications;

/// <summary>
/// Sends one notification: POST, JSON, with <c>Migrator-Id</c> (the same at every try), <c>Migrator-Timestamp</c> (seconds since 1970) and
/// <c>Migrator-Signature</c>: <c>v1=</c> and the HMAC-SHA256, in hex, of timestamp, a dot and the body.
/// </summary>
internal sealed class WebhookSender(IHttpClientFactory clients, IOptions<WebhookOptions> options, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Null: delivered. Else why not, in a few words, without anything of the receiver's answer.</summary>
    public async Task<string?> SendAsync(OutboxMessage message, CancellationToken ct)
    {
        var body = Encoding.UTF8.GetBytes(message.Payload);
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, options.Value.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("Migrator-Id", message.Id.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("Migrator-Timestamp", timestamp);
        request.Headers.Add("Migrator-Signature", "v1=" + await SignAsync(timestamp, body, ct));
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            using var client = clients.CreateClient(GuardedHttp.ClientName);
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return answer.IsSuccessStatusCode ? null : $"The receiver answered {(int)answer.StatusCode}.";
        }
        catch (Exception problem) when (problem is BlockedAddressException || problem.InnerException is BlockedAddressException)
        {
            return "The receiver's address is one that Migrator does not call (Migrator:Network:AllowPrivate).";
        }
        catch (HttpRequestException problem)
        {
            return $"The receiver was not reached ({problem.HttpRequestError}).";
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return $"The receiver did not answer within {Patience.TotalSeconds} s.";
        }
    }

    private async Task<string> SignAsync(string timestamp, byte[] body, CancellationToken ct)
    {
        // Read each time, so that a changed secret needs no restart.
        var secret = Encoding.UTF8.GetBytes((await File.ReadAllTextAsync(options.Value.SecretFile!, ct)).Trim());
        byte[] signed = [.. Encoding.ASCII.GetBytes(timestamp), (byte)'.', .. body];
        return Convert.ToHexStringLower(HMACSHA256.HashData(secret, signed));
    }
}
