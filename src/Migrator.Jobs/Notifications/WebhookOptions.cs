using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Migrator.Jobs.Notifications;

/// <summary>Where notifications are sent. Section <c>Migrator:Webhook</c>; without a URL none are written.</summary>
public sealed class WebhookOptions
{
    public const string Section = "Migrator:Webhook";

    /// <summary>Called with POST for each notification, through the guarded client.</summary>
    public string? Url { get; set; }

    /// <summary>File with the text that signs the calls (HMAC-SHA256); the receiver knows it too.</summary>
    [ConfigurationKeyName("Secret_FILE")]
    public string? SecretFile { get; set; }

    /// <summary>How often a notification is tried before it is given up: at growing intervals, 12 tries take about a day.</summary>
    /// <value>1 to 50. Default 12.</value>
    public int Tries { get; set; } = 12;

    /// <summary>How often the outbox is looked through.</summary>
    /// <value>Seconds, 1 to 600. Default 5.</value>
    public int PollSeconds { get; set; } = 5;

    internal bool IsOn => !string.IsNullOrWhiteSpace(Url);
}

internal sealed class WebhookOptionsValidator : IValidateOptions<WebhookOptions>
{
    private const int ShortestSecret = 16;

    public ValidateOptionsResult Validate(string? name, WebhookOptions options)
    {
        if (!options.IsOn)
            return ValidateOptionsResult.Success;
        var faults = new List<string>();
        if (!Uri.TryCreate(options.Url, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http") || url.UserInfo.Length > 0)
            faults.Add($"{WebhookOptions.Section}:Url is '{options.Url}'; it must be an https address without a user name in it.");
        if (options.SecretFile is null)
            faults.Add($"{WebhookOptions.Section}:Url is set, so {WebhookOptions.Section}:Secret_FILE must name a file.");
        else if (!File.Exists(options.SecretFile))
            faults.Add($"{WebhookOptions.Section}:Secret_FILE names '{options.SecretFile}', which does not exist.");
        else if (File.ReadAllText(options.SecretFile).Trim().Length < ShortestSecret)
            faults.Add($"{WebhookOptions.Section}:Secret_FILE holds fewer than {ShortestSecret} characters; anybody could guess it.");
        if (options.Tries is < 1 or > 50)
            faults.Add($"{WebhookOptions.Section}:Tries is {options.Tries}; it must be 1 to 50.");
        if (options.PollSeconds is < 1 or > 600)
            faults.Add($"{WebhookOptions.Section}:PollSeconds is {options.PollSeconds}; it must be 1 to 600.");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
