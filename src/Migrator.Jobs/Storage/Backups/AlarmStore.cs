using System.Text.Json;
using System.Text.Json.Serialization;
using Migrator.Jobs.Backups;

namespace Migrator.Jobs.Storage.Backups;

/// <summary>
/// Alarms: each is told once when it begins and once when it ends, by every way that is set up. The alarm, its audit row and its messages
/// are one transaction.
/// </summary>
public sealed class AlarmStore(Database database, OutboxPolicy outbox)
{
    /// <summary>Begins an alarm, unless the same one holds already.</summary>
    internal async Task RaiseAsync(DbSession db, string accountId, AlarmKind kind, string message)
    {
        var id = Guid.NewGuid().ToString("N");
        var raised = await db.ExecuteAsync(
            """
            INSERT INTO alarm (id, owner, kind, account_id, plan_id, message, raised_at)
            SELECT @Id, owner, @Kind, id, plan_id, @Message, now_ms() FROM backup_account WHERE id = @Account
            ON CONFLICT DO NOTHING
            """,
            new { Id = id, Kind = kind.ToString(), Account = accountId, Message = message });
        if (raised == 1)
            await TellAsync(db, id, "alarm.raised");
    }

    /// <summary>Ends an alarm, if it holds.</summary>
    internal async Task EndAsync(DbSession db, string accountId, AlarmKind kind)
    {
        var id = await db.FirstOrDefaultAsync<string>(
            "UPDATE alarm SET ended_at = now_ms() WHERE account_id = @Account AND kind = @Kind AND ended_at IS NULL RETURNING id",
            new { Account = accountId, Kind = kind.ToString() });
        if (id is not null)
            await TellAsync(db, id, "alarm.ended");
    }

    internal async Task EndAllAsync(DbSession db, string accountId)
    {
        foreach (var kind in Enum.GetValues<AlarmKind>())
            await EndAsync(db, accountId, kind);
    }

    /// <summary>
    /// Raises the alarm for every account that has no good backup in time. It looks at what the tables say, not at whether any run was
    /// begun: a scheduler that does nothing at all is noticed too.
    /// </summary>
    /// <returns>How many were raised.</returns>
    public Task<int> RaiseLateAsync(CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            var late = await db.ListAsync<LateRow>(
                """
                UPDATE backup_account SET late_at = NULL
                WHERE late_at <= now_ms() AND plan_id IN (SELECT id FROM backup_plan WHERE NOT paused)
                RETURNING id, message, last_good_at
                """);
            foreach (var row in late)
            {
                var since = row.LastGoodAt.ToTime() is { } good ? $"The last good backup began at {good:yyyy-MM-dd HH:mm} UTC." : "There is none yet.";
                var why = row.Message ?? "No run ended well in time. See Operations for what waits and why.";
                await RaiseAsync(db, row.Id, AlarmKind.Late, $"The backup is late. {since} Earlier snapshots are as they were. {why}");
            }

            return late.Count;
        },
        ct);

    private async Task TellAsync(DbSession db, string alarmId, string kind)
    {
        var row = await db.SingleAsync<AlarmRow>(
            """
            SELECT al.owner, al.kind, al.message, al.raised_at, al.ended_at, a.did, a.handle, a.id AS account_id, p.name AS plan_name, p.notify_email
            FROM alarm al JOIN backup_account a ON a.id = al.account_id LEFT JOIN backup_plan p ON p.id = al.plan_id
            WHERE al.id = @Id
            """,
            new { Id = alarmId });
        await Journal.AuditAsync(db, row.Owner, row.AccountId, new AuditEntry(AuditEntry.Engine, kind, row.Kind));
        var payload = JsonSerializer.Serialize(
            new AlarmNotice(
                kind, alarmId, Enum.Parse<AlarmKind>(row.Kind), row.AccountId, row.Did, row.Handle, row.PlanName, row.Message,
                row.RaisedAt.ToTime(), row.EndedAt.ToTime()),
            AlarmNoticeJson.Default.AlarmNotice);
        if (outbox.IsOn)
            await Journal.SendAsync(db, row.Owner, kind, alarmId, payload, OutboxChannel.Webhook, null);
        if (outbox.HasMail && (row.NotifyEmail ?? outbox.MailTo) is { } address)
            await Journal.SendAsync(db, row.Owner, kind, alarmId, payload, OutboxChannel.Mail, address);
    }

    private sealed class LateRow
    {
        public string Id { get; init; } = "";

        public string? Message { get; init; }

        public long? LastGoodAt { get; init; }
    }

    private sealed class AlarmRow
    {
        public string Owner { get; init; } = "";

        public string Kind { get; init; } = "";

        public string Message { get; init; } = "";

        public long RaisedAt { get; init; }

        public long? EndedAt { get; init; }

        public string Did { get; init; } = "";

        public string? Handle { get; init; }

        public string AccountId { get; init; } = "";

        public string? PlanName { get; init; }

        public string? NotifyEmail { get; init; }
    }
}

/// <summary>An alarm as it leaves the house. No secrets, no content of posts.</summary>
/// <param name="Kind"><c>alarm.raised</c> or <c>alarm.ended</c>.</param>
public sealed record AlarmNotice(
    string Kind,
    string Alarm,
    AlarmKind What,
    string Account,
    string Did,
    string? Handle,
    string? Plan,
    string Message,
    DateTimeOffset RaisedAt,
    DateTimeOffset? EndedAt);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(AlarmNotice))]
internal sealed partial class AlarmNoticeJson : JsonSerializerContext;
