using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Backups;
using MimeKit;
using MimeKit.Text;

namespace Migrator.Jobs.Notifications;

/// <summary>Mails alarms as plain text. What comes from servers stands in the text only, never in a header.</summary>
internal sealed class MailSender(IOptions<SmtpOptions> options, TimeProvider time) : IOutboxChannel
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public string Name => OutboxChannel.Mail;

    public int Tries => options.Value.Tries;

    public async Task<string?> SendAsync(OutboxMessage message, CancellationToken ct)
    {
        if (!options.Value.IsOn)
            return "No mail server is set up any more (Migrator:Smtp:Host).";
        if (!MailboxAddress.TryParse(message.Target ?? options.Value.To, out var to))
            return "There is no address to mail it to.";
        using var mail = Write(message, to);
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            using var client = new SmtpClient();
            await client.ConnectAsync(options.Value.Host!, options.Value.Port, HowToConnect(options.Value), either.Token);
            if (options.Value.User is { Length: > 0 } user)
            {
                // Read each time, so that a changed password needs no restart.
                var password = (await File.ReadAllTextAsync(options.Value.PasswordFile!, either.Token)).Trim();
                await client.AuthenticateAsync(user, password, either.Token);
            }

            await client.SendAsync(mail, either.Token);
            await client.DisconnectAsync(quit: true, either.Token);
            return null;
        }
        catch (SmtpCommandException problem)
        {
            return $"The mail server {options.Value.Host} did not take it ({problem.StatusCode}).";
        }
        catch (AuthenticationException)
        {
            return $"The mail server {options.Value.Host} does not accept the user name or the password.";
        }
        catch (SslHandshakeException)
        {
            return $"No encrypted connection to the mail server {options.Value.Host} came about: its certificate cannot be trusted, or it does not "
                + $"speak TLS in the way that is set ({(options.Value.IsImplicitTls ? "from the first byte" : "STARTTLS")}).";
        }
        catch (NotSupportedException)
        {
            return $"The mail server {options.Value.Host} offers no STARTTLS, or no way to sign in. Nothing was sent unencrypted.";
        }
        catch (Exception problem) when (problem is IOException or SocketException or ProtocolException)
        {
            return $"The connection to the mail server {options.Value.Host} broke.";
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return $"The mail server {options.Value.Host} did not answer within {Patience.TotalSeconds} s.";
        }
    }

    private static SecureSocketOptions HowToConnect(SmtpOptions options) => options switch
    {
        { IsImplicitTls: true } => SecureSocketOptions.SslOnConnect,
        { StartTls: true } => SecureSocketOptions.StartTls,
        _ => SecureSocketOptions.None,
    };

    private MimeMessage Write(OutboxMessage message, MailboxAddress to)
    {
        var (subject, text) = Compose(message);
        var mail = new MimeMessage { Subject = subject, Date = time.GetUtcNow(), Body = new TextPart(TextFormat.Plain) { Text = text } };
        mail.From.Add(MailboxAddress.Parse(options.Value.From!));
        mail.To.Add(to);
        // The receiver can tell a repeated mail by it.
        mail.Headers.Add("Migrator-Id", message.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
        mail.Headers.Add("Auto-Submitted", "auto-generated");
        return mail;
    }

    private static (string Subject, string Text) Compose(OutboxMessage message)
    {
        if (message.Kind == AuditEntry.IdentityChanged && JsonSerializer.Deserialize(message.Payload, NoticeJson.Default.Notice) is { } notice)
            return ("Migrator: the identity of your account was changed", $"{notice.Message}\n\nAccount: {notice.Handle ?? notice.Did} ({notice.Did})\n");
        var alarm = message.Kind is "alarm.raised" or "alarm.ended"
            ? JsonSerializer.Deserialize(message.Payload, AlarmNoticeJson.Default.AlarmNotice)
            : null;
        if (alarm is null)
            return ("Migrator: test message", "This is a test of Migrator's notifications. They arrive.\n");
        var who = alarm.Handle ?? alarm.Did;
        var text = new StringBuilder()
            .Append(alarm.EndedAt is null ? "" : "This is over now:\n\n")
            .Append(alarm.Message).Append("\n\n")
            .Append("Account: ").Append(who).Append(" (").Append(alarm.Did).Append(")\n")
            .Append("Plan:    ").Append(alarm.Plan ?? "none").Append('\n')
            .Append("Since:   ").Append(alarm.RaisedAt.ToString("yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture)).Append(" UTC\n");
        if (alarm.EndedAt is { } end)
            text.Append("Until:   ").Append(end.ToString("yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture)).Append(" UTC\n");
        return ($"Migrator: {Word(alarm)}", text.ToString());
    }

    private static string Word(AlarmNotice alarm) => (alarm.What, alarm.EndedAt) switch
    {
        (AlarmKind.DrillNotRun or AlarmKind.DrillLate, not null) => "drill was made again",
        (_, not null) => "backup is good again",
        (AlarmKind.Late, _) => "backup is late",
        (AlarmKind.Failed, _) => "backup fails",
        (AlarmKind.Shrunk, _) => "backup shrank suddenly",
        (AlarmKind.Damaged, _) => "backup is damaged",
        (AlarmKind.Gone, _) => "backup has lost its account",
        (AlarmKind.DrillDamaged, _) => "backup did not pass its drill",
        (AlarmKind.DrillNotRun, _) => "drill could not be made",
        (AlarmKind.DrillLate, _) => "drill is overdue",
        _ => "backup needs a look",
    };
}
