using Microsoft.Extensions.DependencyInjection;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Tests.Engine;
using Migrator.Testing.Notifications;
using Xunit;

namespace Migrator.Jobs.Tests.Notifications;

/// <summary>Mails as they go out; that a trusted certificate is accepted is tested with the real program.</summary>
public sealed class MailTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_test_mail_arrives_and_says_what_it_is()
    {
        await using var sink = SmtpSink.Start();
        Assert.Equal("sent", await SendAsync(sink.Settings));
        var mail = await sink.NextAsync(Ct);
        Assert.Contains("Subject: Migrator: test message", mail, StringComparison.Ordinal);
        Assert.Contains("From: migrator@example.com", mail, StringComparison.Ordinal);
        Assert.Contains("To: owner@example.com", mail, StringComparison.Ordinal);
        Assert.Contains("Auto-Submitted: auto-generated", mail, StringComparison.Ordinal);
        Assert.Contains("This is a test of Migrator's notifications.", SmtpSink.TextOf(mail), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_not_accepted()
    {
        using var certificate = TestCertificate.Create();
        await using var sink = SmtpSink.Start(certificate);
        Assert.Contains("its certificate cannot be trusted", await SendAsync(sink.Settings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_the_encryption_that_is_asked_for_gets_nothing()
    {
        await using var sink = SmtpSink.Start();
        var (key, value) = ("Migrator:Smtp:StartTls", "true");
        Assert.Contains("Nothing was sent unencrypted.", await SendAsync([(key, value), .. sink.Settings]), StringComparison.Ordinal);
        Assert.False(sink.HasAny);
    }

    private async Task<string?> SendAsync((string Key, string Value)[] settings)
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres);
        await using var engine = await TestEngine.StartAsync(test.Options, settings);
        await engine.Services.GetRequiredService<StorageGate>().WaitAsync(Ct);
        var service = engine.Services.GetRequiredService<IBackupService>();
        return (await service.TestNotificationsAsync(TestDatabase.Owner, "owner@example.com", Ct)).Value!.Mail;
    }
}
