using System.Data.Common;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.Migrations;
using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Migrations;

/// <summary>
/// Looks at the log of a restored identity for the 72 hours in which a key above another can still overrule it. An operation after ours
/// is told once, on the page and by every way that is set up: it may be the owner's own, or a thief's.
/// </summary>
internal sealed class RestoreWatcher(
    Database database, MigrationTools tools, OutboxPolicy outbox, StorageGate gate, TimeProvider time, ILogger<RestoreWatcher> log) : BackgroundService
{
    private static readonly TimeSpan Window = TimeSpan.FromHours(72);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await gate.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(tools.Options.WatchEvery, time);
        do
        {
            await LookAsync(stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task LookAsync(CancellationToken ct)
    {
        try
        {
            foreach (var restored in await ListAsync(ct))
                await LookAsync(restored, ct);
        }
        catch (DbException problem)
        {
            Log.WatchFailed(log, problem.Message);
        }
    }

    private async Task<IReadOnlyList<Migration>> ListAsync(CancellationToken ct)
    {
        var since = time.GetUtcNow() - Window;
        var ended = await database.ReadAsync(
            db => db.ListAsync<MigrationRow>(
                $"SELECT {MigrationRow.Columns} FROM migration WHERE state IN ('Completed', 'CompletedWithRemarks') AND updated_at > "
                + "@Since",
                new { Since = since.ToUnixTimeMilliseconds() }),
            ct);
        return [.. ended.Select(row => row.ToMigration())
            .Where(one => one.Request.Kind == MigrationKind.Restore && one.Progress.Cutover.AcceptedAt > since)];
    }

    private async Task LookAsync(Migration restored, CancellationToken ct)
    {
        if (restored.Progress.Cutover.Operation is not { } ours || restored.Request.Did.Method != "plc")
            return;
        var history = await tools.Plc.GetHistoryAsync(restored.Request.Did, ct);
        // A directory that does not answer is asked again at the next look.
        if (!history.IsOk || history.Value.Head is not { } head || head.Cid == ours.Cid)
            return;
        if (await IsMadeHereAsync(restored, head, ct))
            return;
        var overruled = history.Value.Find(ours.Cid) is { Nullified: true };
        if (await database.WriteAsync(db => TellAsync(db, restored, head.Cid.ToString(), Say(head, overruled)), ct))
            Log.IdentityChanged(log, restored.Id.ToString(), head.Cid.ToString());
    }

    /// <summary>The owner may restore or move the account again with this Migrator: that is no news to them.</summary>
    private async Task<bool> IsMadeHereAsync(Migration restored, PlcLogEntry head, CancellationToken ct)
    {
        var rows = await database.ReadAsync(
            db => db.ListAsync<MigrationRow>(
                $"SELECT {MigrationRow.Columns} FROM migration WHERE owner = @Owner AND did = @Did",
                new { restored.Owner, Did = restored.Request.Did.ToString() }),
            ct);
        return rows.Select(row => row.ToMigration().Progress).Any(progress =>
            new[] { progress.Restore?.Claim, progress.Restore?.Release, progress.Cutover.Operation, progress.Cutover.WayBack }
                .Any(operation => operation?.Cid == head.Cid));
    }

    private static string Say(PlcLogEntry head, bool overruled) =>
        $"At {head.CreatedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC rotation key {head.SignedByIndex + 1} signed another change of this identity"
        + (overruled ? ", which strikes the restore’s own change out" : "")
        + $" (operation {head.Cid}). If that was you, or your new server because you chose another handle there, all is well. "
        + "If not, a rotation key that stood above that one can overrule it until "
            + $"{(head.CreatedAt + Window).UtcDateTime:yyyy-MM-dd HH:mm} UTC: "
        + "begin a restore of the account again, give your rotation key, and answer “Was this you?”. Your backup is untouched.";

    /// <returns>False where it was told before.</returns>
    private async Task<bool> TellAsync(DbSession db, Migration restored, string operation, string message)
    {
        var id = restored.Id.ToString();
        // Workers take turns at the row, so that it is told once.
        await db.FirstOrDefaultAsync<string>($"SELECT id FROM migration WHERE id = @Id {db.ForUpdate}", new { Id = id });
        var told = await db.SingleAsync<long>(
            "SELECT count(*) FROM audit WHERE subject = @Id AND action = @Action AND detail LIKE @Operation",
            new { Id = id, Action = AuditEntry.IdentityChanged, Operation = $"%{operation}%" });
        if (told > 0)
            return false;
        await Journal.AuditAsync(db, restored.Owner, restored.Id, new AuditEntry(AuditEntry.Engine, AuditEntry.IdentityChanged, message));
        var notice = new Notice(
            AuditEntry.IdentityChanged, id, restored.Request.Did.ToString(), restored.Request.NewAccount?.Handle.ToString(),
            restored.Progress.State, null,
            message, NeedsThePerson: true);
        if (outbox.IsOn)
            await Journal.NotifyAsync(db, restored.Owner, notice);
        if (outbox is { HasMail: true, MailTo: { } address })
        {
            var payload = JsonSerializer.Serialize(notice, NoticeJson.Default.Notice);
            await Journal.SendAsync(db, restored.Owner, notice.Kind, id, payload, OutboxChannel.Mail, address);
        }

        return true;
    }
}
