using System.Data.Common;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.Migrations;
using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Migrations;

/// <summary>
/// Looks at the log of an identity that was moved or restored here, for the 72 hours in which a key above another can still overrule it:
/// an old server that held such a key could strike the move out. An operation after ours is told once, on the page and by every way that
/// is set up: it may be the owner's own, or a thief's.
/// </summary>
internal sealed class IdentityWatcher(
    Database database, MigrationTools tools, OutboxPolicy outbox, StorageGate gate, TimeProvider time, ILogger<IdentityWatcher> log) : BackgroundService
{
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
            foreach (var ended in await ListAsync(ct))
                await LookAsync(ended, ct);
        }
        catch (DbException problem)
        {
            Log.WatchFailed(log, problem.Message);
        }
    }

    private async Task<IReadOnlyList<Migration>> ListAsync(CancellationToken ct)
    {
        var since = time.GetUtcNow() - PlcAuditLog.RecoveryWindow;
        var rows = await database.ReadAsync(
            db => db.ListAsync<MigrationRow>(
                $"SELECT {MigrationRow.Columns} FROM migration WHERE state IN ('Completed', 'CompletedWithRemarks') AND updated_at > "
                + "@Since",
                new { Since = since.ToUnixTimeMilliseconds() }),
            ct);
        return [.. rows.Select(row => row.ToMigration())
            .Where(one => one.Progress.Cutover.AcceptedAt > since)];
    }

    private async Task LookAsync(Migration ended, CancellationToken ct)
    {
        if (ended.Progress.Cutover.Operation is not { } ours || ended.Request.Did.Method != "plc")
            return;
        var history = await tools.Plc.GetHistoryAsync(ended.Request.Did, ct);
        // A directory that does not answer is asked again at the next look.
        if (!history.IsOk || history.Value.Head is not { } head || head.Cid == ours.Cid)
            return;
        if (await IsMadeHereAsync(ended, head, ct))
            return;
        var overruled = history.Value.Find(ours.Cid) is { Nullified: true };
        if (await database.WriteAsync(db => TellAsync(db, ended, head.Cid.ToString(), Say(ended.Request.Kind, head, overruled)), ct))
            Log.IdentityChanged(log, ended.Id.ToString(), head.Cid.ToString());
    }

    /// <summary>The owner may restore or move the account again with this Migrator: that is no news to them.</summary>
    private async Task<bool> IsMadeHereAsync(Migration ended, PlcLogEntry head, CancellationToken ct)
    {
        var rows = await database.ReadAsync(
            db => db.ListAsync<MigrationRow>(
                $"SELECT {MigrationRow.Columns} FROM migration WHERE owner = @Owner AND did = @Did",
                new { ended.Owner, Did = ended.Request.Did.ToString() }),
            ct);
        return rows.Select(row => row.ToMigration().Progress).Any(progress =>
            new[] { progress.Restore?.Claim, progress.Restore?.Release, progress.Cutover.Operation, progress.Cutover.WayBack }
                .Any(operation => operation?.Cid == head.Cid));
    }

    private static string Say(MigrationKind kind, PlcLogEntry head, bool overruled) =>
        $"At {head.CreatedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC rotation key {head.SignedByIndex + 1} signed another change of this identity"
        + (overruled ? $", which strikes the {Word(kind)}’s own change out" : "")
        + $" (operation {head.Cid}). If that was you, or your new server because you chose another handle there, all is well. "
        + "If not, a rotation key that stood above that one can overrule it until "
            + $"{(head.CreatedAt + PlcAuditLog.RecoveryWindow).UtcDateTime:yyyy-MM-dd HH:mm} UTC: "
        + "begin a restore of the account, give your rotation key, and answer “Was this you?”. "
        + (kind == MigrationKind.Restore ? "Your backup is untouched." : "Your data is on the new server and, switched off, on the old one: name either to restore from.");

    private static string Word(MigrationKind kind) => kind == MigrationKind.Restore ? "restore" : "move";

    /// <returns>False where it was told before.</returns>
    private async Task<bool> TellAsync(DbSession db, Migration ended, string operation, string message)
    {
        var id = ended.Id.ToString();
        // Workers take turns at the row, so that it is told once.
        await db.FirstOrDefaultAsync<string>($"SELECT id FROM migration WHERE id = @Id {db.ForUpdate}", new { Id = id });
        var told = await db.SingleAsync<long>(
            "SELECT count(*) FROM audit WHERE subject = @Id AND action = @Action AND detail LIKE @Operation",
            new { Id = id, Action = AuditEntry.IdentityChanged, Operation = $"%{operation}%" });
        if (told > 0)
            return false;
        await Journal.AuditAsync(db, ended.Owner, ended.Id, new AuditEntry(AuditEntry.Engine, AuditEntry.IdentityChanged, message));
        var notice = new Notice(
            AuditEntry.IdentityChanged, id, ended.Request.Did.ToString(), ended.Request.NewAccount?.Handle.ToString(),
            ended.Progress.State, null,
            message, NeedsThePerson: true);
        if (outbox.IsOn)
            await Journal.NotifyAsync(db, ended.Owner, notice);
        if (outbox is { HasMail: true, MailTo: { } address })
        {
            var payload = JsonSerializer.Serialize(notice, NoticeJson.Default.Notice);
            await Journal.SendAsync(db, ended.Owner, notice.Kind, id, payload, OutboxChannel.Mail, address);
        }

        return true;
    }
}
