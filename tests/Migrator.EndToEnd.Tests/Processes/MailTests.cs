using System.Net.Http.Json;
using Migrator.Jobs.Backups;
using Migrator.Testing.Notifications;
using Migrator.Web.Api;
using Xunit;

namespace Migrator.EndToEnd.Tests.Processes;

public sealed class MailTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mail_server_that_speaks_tls_from_the_first_byte_takes_alarms_when_the_system_trusts_it()
    {
        using var certificate = TestCertificate.Create();
        await using var sink = SmtpSink.Start(certificate);
        var trusted = Path.GetTempFileName();
        await File.WriteAllTextAsync(trusted, certificate.ExportCertificatePem(), Ct);
        var settings = sink.Settings.ToDictionary(setting => setting.Key, setting => setting.Value);
        settings["Migrator:Smtp:Host"] = "localhost";
        settings["SSL_CERT_FILE"] = trusted;
        await using var program = await MigratorProcess.StartAsync(settings, Ct);

        using var body = JsonContent.Create(new TestNotifications("owner@example.com"));
        using var answer = await program.CallAsync(HttpMethod.Post, "/api/v1/backups/notifications/test", body, Ct);
        Assert.Equal("sent", (await answer.Content.ReadFromJsonAsync<NotificationTest>(Ct))!.Mail);
        Assert.Contains("Subject: Migrator: test message", await sink.NextAsync(Ct), StringComparison.Ordinal);
        File.Delete(trusted);
    }
}
