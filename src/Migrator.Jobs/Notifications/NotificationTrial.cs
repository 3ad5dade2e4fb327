using Microsoft.Extensions.Options;
using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Notifications;

/// <summary>Sends a test message at once, past the outbox, so that a person sees what comes of it.</summary>
internal sealed class NotificationTrial(
    WebhookSender webhook, MailSender mail, IOptions<WebhookOptions> webhookOptions, IOptions<SmtpOptions> smtp)
{
    private const string Payload = """{"kind":"test"}""";

    /// <summary>For each way that is set up: null when the message was taken, else why not.</summary>
    /// <returns>Null for a way that is not set up.</returns>
    public async Task<(string? Webhook, string? Mail)> SendAsync(string? email, CancellationToken ct)
    {
        var message = new OutboxMessage(0, "test", Payload, 1, "test", email);
        var byWebhook = webhookOptions.Value.IsOn ? await webhook.SendAsync(message, ct) ?? "sent" : null;
        var byMail = smtp.Value.IsOn && (email ?? smtp.Value.To) is { Length: > 0 } ? await mail.SendAsync(message, ct) ?? "sent" : null;
        return (byWebhook, byMail);
    }
}
