namespace Migrator.Jobs.Storage;

/// <summary>Which notifications are written at all: without anybody to send them to they would only pile up.</summary>
/// <param name="IsOn">There is a webhook.</param>
/// <param name="HasMail">There is an SMTP server.</param>
/// <param name="MailTo">The operator's address; null: only the addresses that plans name.</param>
public sealed record OutboxPolicy(bool IsOn, bool HasMail = false, string? MailTo = null);

/// <summary>How a message leaves. Stored: never change one.</summary>
public static class OutboxChannel
{
    public const string Webhook = "webhook";

    public const string Mail = "mail";

    /// <summary>The success address of a plan; the message's subject is the plan's id.</summary>
    public const string SuccessUrl = "success-url";
}
