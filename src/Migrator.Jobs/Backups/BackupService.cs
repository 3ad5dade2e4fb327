using FluentValidation;
using Migrator.Jobs.Engine;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Notifications;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Backups;

namespace Migrator.Jobs.Backups;

/// <summary>
/// The person's side of backups: vaults, keys, plans, accounts and snapshots each in a file of their own. Commands change the tables and
/// wake the engine; backups themselves are made by <see cref="BackupWork"/> alone.
/// </summary>
internal sealed partial class BackupService(
    BackupStores stores, IWaker waker, NotificationTrial notifications, TimeProvider time) : IBackupService
{
    private const int MostListed = 500;

    public async Task<BackupOverview> GetOverviewAsync(string owner, CancellationToken ct)
    {
        var accounts = await ListAccountsAsync(owner, null, ct);
        var planned = accounts.Where(account => account.Health != BackupHealth.Unplanned).ToList();
        var alarms = await stores.Accounts.ListAlarmsAsync(owner, null, openOnly: true, MostListed, ct);
        var counted = planned.Where(account => account.Health is not BackupHealth.Gone and not BackupHealth.Paused).ToList();
        return new BackupOverview(
            BackupViews.Count(planned),
            alarms,
            counted.Count == 0 || counted.Exists(account => account.LastGoodAt is null) ? null : counted.Min(account => account.LastGoodAt),
            accounts.Sum(account => account.Bytes),
            [.. planned.Where(account => account.Health is not BackupHealth.Good).OrderBy(account => account.Health)
                .ThenBy(account => account.LastGoodAt).Take(10)]);
    }

    public Task<IReadOnlyList<AlarmView>> ListAlarmsAsync(string owner, bool openOnly, int limit, CancellationToken ct) =>
        stores.Accounts.ListAlarmsAsync(owner, null, openOnly, Math.Clamp(limit, 1, MostListed), ct);

    public async Task<ServiceResult<NotificationTest>> TestNotificationsAsync(string owner, string? email, CancellationToken ct)
    {
        var address = string.IsNullOrWhiteSpace(email) ? null : email.Trim();
        if (address is not null && !System.Net.Mail.MailAddress.TryCreate(address, out _))
            return ServiceResult<NotificationTest>.Invalid("Email", "This is not an e-mail address.");
        var (webhook, mail) = await notifications.SendAsync(address, ct);
        return ServiceResult<NotificationTest>.Ok(new NotificationTest(webhook, mail));
    }

    private static ServiceResult<T>? Check<T, TCommand>(AbstractValidator<TCommand> validator, TCommand command)
        where T : class
    {
        var result = validator.Validate(command);
        return result.IsValid
            ? null
            : ServiceResult<T>.Invalid([.. result.Errors.Select(error => new FieldProblem(error.PropertyName, error.ErrorMessage))]);
    }

    private static string NewId() => Guid.NewGuid().ToString("N");

    private Task AuditAsync(string owner, string subject, string action, CancellationToken ct) => stores.Database.WriteAsync(
        db => Journal.AuditAsync(db, owner, subject, new AuditEntry(owner, action)), ct);
}
