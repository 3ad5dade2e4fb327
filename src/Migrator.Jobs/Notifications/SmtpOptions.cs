using System.Net.Mail;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Migrator.Jobs.Notifications;

/// <summary>The mail server that alarms go out by. Section <c>Migrator:Smtp</c>; without a host none are mailed.</summary>
public sealed class SmtpOptions
{
    public const string Section = "Migrator:Smtp";

    /// <summary>Host name of the server. It is the operator's own, so it may lie in a private network.</summary>
    public string? Host { get; set; }

    /// <value>1 to 65535. Default 587.</value>
    public int Port { get; set; } = 587;

    /// <summary>Whether the connection is encrypted with STARTTLS before anything is said.</summary>
    /// <value>Default true. False only for a server on the same machine.</value>
    public bool StartTls { get; set; } = true;

    /// <summary>Whether the connection is encrypted from its first byte; then <see cref="StartTls"/> does not count.</summary>
    /// <value>Default: true with port 465, else false.</value>
    public bool? ImplicitTls { get; set; }

    public string? User { get; set; }

    /// <summary>File with the password.</summary>
    [ConfigurationKeyName("Password_FILE")]
    public string? PasswordFile { get; set; }

    /// <summary>The sender's address.</summary>
    public string? From { get; set; }

    /// <summary>The operator's address: gets the alarms of plans that name none. May be empty.</summary>
    public string? To { get; set; }

    /// <value>1 to 50. Default 12: about a day.</value>
    public int Tries { get; set; } = 12;

    internal bool IsImplicitTls => ImplicitTls ?? Port == 465;

    internal bool IsOn => !string.IsNullOrWhiteSpace(Host);
}

internal sealed class SmtpOptionsValidator : IValidateOptions<SmtpOptions>
{
    public ValidateOptionsResult Validate(string? name, SmtpOptions options)
    {
        if (!options.IsOn)
            return ValidateOptionsResult.Success;
        var faults = new List<string>();
        if (Uri.CheckHostName(options.Host) == UriHostNameType.Unknown)
            faults.Add($"{SmtpOptions.Section}:Host is '{options.Host}'; it must be a host name without a port.");
        if (options.Port is < 1 or > 65535)
            faults.Add($"{SmtpOptions.Section}:Port is {options.Port}; it must be 1 to 65535.");
        if (!MailAddress.TryCreate(options.From, out _))
            faults.Add($"{SmtpOptions.Section}:From is '{options.From}'; it must be the address that mails come from.");
        if (!string.IsNullOrWhiteSpace(options.To) && !MailAddress.TryCreate(options.To, out _))
            faults.Add($"{SmtpOptions.Section}:To is '{options.To}'; it must be an e-mail address, or empty.");
        if (options.User is { Length: > 0 } && options.PasswordFile is null)
            faults.Add($"{SmtpOptions.Section}:User is set, so {SmtpOptions.Section}:Password_FILE must name a file.");
        if (options.PasswordFile is { } file && !File.Exists(file))
            faults.Add($"{SmtpOptions.Section}:Password_FILE names '{file}', which does not exist.");
        if (options.User is { Length: > 0 } && !options.StartTls && !options.IsImplicitTls)
            faults.Add($"{SmtpOptions.Section}:StartTls is false, but a password would be sent: it must be true with {SmtpOptions.Section}:User.");
        if (options.Tries is < 1 or > 50)
            faults.Add($"{SmtpOptions.Section}:Tries is {options.Tries}; it must be 1 to 50.");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
