using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Channels;

namespace Migrator.Testing.Notifications;

/// <summary>A mail server that takes everything, or refuses it, and hands each mail to the test as it came.</summary>
public sealed partial class SmtpSink : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<string> _mails = Channel.CreateUnbounded<string>();
    private readonly X509Certificate2? _certificate;
    private Task _serving = Task.CompletedTask;

    private SmtpSink(X509Certificate2? certificate) => _certificate = certificate;

    /// <summary>Not null: the answer to RCPT TO.</summary>
    public string? Refusal { get; set; }

    /// <summary>Settings that make Migrator use it.</summary>
    public (string Key, string Value)[] Settings =>
    [
        ("Migrator:Smtp:Host", "127.0.0.1"),
        ("Migrator:Smtp:Port", $"{((IPEndPoint)_listener.LocalEndpoint).Port}"),
        ("Migrator:Smtp:StartTls", "false"),
        ("Migrator:Smtp:ImplicitTls", _certificate is null ? "false" : "true"),
        ("Migrator:Smtp:From", "migrator@example.com"),
        ("Migrator:Webhook:PollSeconds", "1"),
    ];

    /// <summary>A mail was taken that the test has not asked for yet.</summary>
    public bool HasAny => _mails.Reader.TryPeek(out _);

    /// <param name="certificate">Given, it speaks TLS from the first byte; stays the caller's.</param>
    public static SmtpSink Start(X509Certificate2? certificate = null)
    {
        var sink = new SmtpSink(certificate);
        sink._listener.Start();
        sink._serving = sink.ServeAsync();
        return sink;
    }

    public Task<string> NextAsync(CancellationToken ct) => _mails.Reader.ReadAsync(ct).AsTask().WaitAsync(TimeSpan.FromSeconds(30), ct);

    /// <summary>The next mail with this subject; others that come before it are passed over.</summary>
    public async Task<string> NextAsync(string subject, CancellationToken ct)
    {
        while (true)
        {
            var mail = await NextAsync(ct);
            if (mail.Contains($"Subject: {subject}", StringComparison.Ordinal))
                return mail;
        }
    }

    /// <summary>The text of a mail, its encoding undone.</summary>
    public static string TextOf(string mail)
    {
        var body = mail[(mail.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        if (mail.Contains("base64", StringComparison.OrdinalIgnoreCase))
            return Encoding.UTF8.GetString(Convert.FromBase64String(body.Replace("\r\n", "", StringComparison.Ordinal)));
        var joined = body.Replace("=\r\n", "", StringComparison.Ordinal);
        return Escaped().Replace(joined, match => ((char)Convert.ToByte(match.Groups[1].Value, 16)).ToString());
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _stop.Dispose();
    }

    [GeneratedRegex("=([0-9A-F]{2})")]
    private static partial Regex Escaped();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await ServeAsync(client);
            }
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or IOException)
        {
            // The test is over, or the client hung up.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        if (_certificate is null)
        {
            await TalkAsync(client.GetStream());
            return;
        }

        await using var secure = new SslStream(client.GetStream());
        try
        {
            await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _stop.Token);
            await TalkAsync(secure);
        }
        catch (Exception refused) when (refused is IOException or AuthenticationException)
        {
            // The client does not trust the certificate; it may come again.
        }
    }

    private async Task TalkAsync(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        await using var writer = new StreamWriter(stream, new UTF8Encoding(false)) { NewLine = "\r\n", AutoFlush = true };
        await writer.WriteLineAsync("220 sink");
        while (await reader.ReadLineAsync(_stop.Token) is { } line)
        {
            switch (line.Split(' ', ':')[0].ToUpperInvariant())
            {
                case "RCPT" when Refusal is { } refusal:
                    await writer.WriteLineAsync(refusal);
                    break;
                case "DATA":
                    await writer.WriteLineAsync("354 go on");
                    await TakeAsync(reader);
                    await writer.WriteLineAsync("250 taken");
                    break;
                case "QUIT":
                    await writer.WriteLineAsync("221 bye");
                    return;
                default:
                    await writer.WriteLineAsync("250 ok");
                    break;
            }
        }
    }

    private async Task TakeAsync(StreamReader reader)
    {
        var mail = new StringBuilder();
        while (await reader.ReadLineAsync(_stop.Token) is { } line && line != ".")
            mail.Append(line).Append("\r\n");
        await _mails.Writer.WriteAsync(mail.ToString(), _stop.Token);
    }
}
