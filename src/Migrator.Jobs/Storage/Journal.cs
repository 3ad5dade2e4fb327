using System.Text.Json;
using System.Text.Json.Serialization;
using Migrator.Core.Migrations;

namespace Migrator.Jobs.Storage;

/// <summary>
/// The two records that go with every change a person can see: the audit row and the notification to be sent (outbox).
/// Both are written in the transaction of the change, so neither can be there without it.
/// </summary>
internal static class Journal
{
    public static Task AuditAsync(DbSession db, string owner, MigrationId subject, AuditEntry entry) =>
        AuditAsync(db, owner, subject.ToString(), entry);

    public static Task AuditAsync(DbSession db, string owner, string subject, AuditEntry entry) => db.ExecuteAsync(
        """
        INSERT INTO audit (at, actor, action, owner, subject, detail)
        VALUES (now_ms(), @Actor, @Action, @Owner, @Subject, @Detail)
        """,
        new { entry.Actor, entry.Action, Owner = owner, Subject = subject, entry.Detail });

    public static Task NotifyAsync(DbSession db, string owner, Notice notice) => SendAsync(
        db, owner, notice.Kind, notice.Migration, JsonSerializer.Serialize(notice, NoticeJson.Default.Notice), OutboxChannel.Webhook, null);

    /// <summary>Puts a message into the outbox.</summary>
    /// <param name="target">To whom, where the channel does not know it from the settings.</param>
    public static Task SendAsync(
        DbSession db, string owner, string kind, string subject, string payload, string channel, string? target) => db.ExecuteAsync(
        """
        INSERT INTO outbox (kind, owner, subject, payload, channel, target, created_at, next_at)
        VALUES (@Kind, @Owner, @Subject, @Payload, @Channel, @Target, now_ms(), now_ms())
        """,
        new { Kind = kind, Owner = owner, Subject = subject, Payload = payload, Channel = channel, Target = target });
}

/// <summary>A notification as it leaves the house: what changed, and for whom it matters. No secrets, no content of posts.</summary>
/// <param name="Kind"><c>migration.state</c> or <c>migration.hold</c>.</param>
/// <param name="NeedsThePerson">It will not go on until somebody acts.</param>
public sealed record Notice(
    string Kind, string Migration, string Did, string? Handle, MigrationState State, HoldCause? Hold, string? Message, bool NeedsThePerson);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(Notice))]
internal sealed partial class NoticeJson : JsonSerializerContext;
