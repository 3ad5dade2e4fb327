using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Migrations;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Backups;

namespace Migrator.Jobs.Backups;

internal sealed partial class BackupService
{
    private const string NoAccount = "There is no such account among the backups.";
    private const int RunsShown = 20;
    private const int MostRuns = 10_000;

    public async Task<IReadOnlyList<BackupAccountItem>> ListAccountsAsync(string owner, string? planId, CancellationToken ct)
    {
        var stored = await stores.Accounts.StoredAsync(owner, null, ct);
        var rows = await stores.Accounts.ListAsync(owner, planId, null, ct);
        return [.. rows.Select(row => BackupViews.Account(row, stored.GetValueOrDefault(row.Did), 0, stores.Database.IsFull))];
    }

    public async Task<ServiceResult<BackupAccountView>> GetAccountAsync(string owner, string id, CancellationToken ct)
    {
        if (await FindAccountAsync(owner, id, ct) is not { } row)
            return ServiceResult<BackupAccountView>.NotFound(NoAccount);
        var stored = (await stores.Accounts.StoredAsync(owner, row.Did, ct)).GetValueOrDefault(row.Did);
        var now = time.GetUtcNow();
        var read = row.VerifyEveryDays is { } days ? await stores.Accounts.BytesReadAsync(owner, row.Did, now.AddDays(-days), ct) : 0;
        var runs = await stores.Accounts.ListRunsAsync(owner, id, now.AddDays(-366), MostRuns, ct);
        var snapshots = (await stores.Snapshots.ListAsync(owner, id, null, MostRuns, ct)).Reverse().ToList();
        var alarms = await stores.Accounts.ListAlarmsAsync(owner, id, openOnly: false, MostListed, ct);
        return ServiceResult<BackupAccountView>.Ok(new BackupAccountView(
            BackupViews.Account(row, stored, read, stores.Database.IsFull),
            [.. runs.Take(RunsShown)],
            DaysOf(runs, alarms),
            GrowthOf(snapshots),
            [.. alarms.Where(alarm => alarm.EndedAt is null)],
            snapshots.Exists(snapshot => snapshot.Summary is { Shrink: not null, ShrinkAccepted: false })
                ? "The account shrank suddenly. Nothing older is deleted until you say that this is right."
                : null));
    }

    public async Task<ServiceResult<BackupAccountView>> RunAccountAsync(string owner, string id, CancellationToken ct)
    {
        if (await FindAccountAsync(owner, id, ct) is not { } row)
            return ServiceResult<BackupAccountView>.NotFound(NoAccount);
        if (row.PlanId is null)
            return ServiceResult<BackupAccountView>.Conflict("This account is in no plan. Add it to one: the plan says where to and "
                + "sealed to whom.");
        if (row.Paused == true)
            return ServiceResult<BackupAccountView>.Conflict("The plan is paused. Resume it first.");
        return await NudgeAsync(
            owner, id, "backup.run",
            "backup_at = now_ms(), wake_at = now_ms(), why = 'person', state = CASE WHEN state = 'Left' THEN 'New' ELSE state END", ct);
    }

    public async Task<ServiceResult<BackupAccountView>> VerifyAccountAsync(string owner, string accountId, CancellationToken ct)
    {
        if (await FindAccountAsync(owner, accountId, ct) is not { } row)
            return ServiceResult<BackupAccountView>.NotFound(NoAccount);
        if (row.PlanId is null || row.Paused == true)
            return ServiceResult<BackupAccountView>.Conflict("Stored bytes are read for accounts in a plan that is not paused.");
        return await NudgeAsync(owner, accountId, "backup.verify", "upkeep_at = now_ms(), wake_at = now_ms(), verify_from = now_ms()", ct);
    }

    public async Task<ServiceResult<BackupAccountView>> AcceptShrinkAsync(string owner, string id, CancellationToken ct)
    {
        if (await FindAccountAsync(owner, id, ct) is null)
            return ServiceResult<BackupAccountView>.NotFound(NoAccount);
        await stores.Snapshots.AcceptShrinkAsync(stores.Alarms, owner, id, ct);
        return await GetAccountAsync(owner, id, ct);
    }

    public async Task<ServiceResult<BackupAccountView>> SignInAsync(string owner, string id, SignInForBackup command, CancellationToken ct)
    {
        if (Check<BackupAccountView, SignInForBackup>(new SignInForBackupValidator(), command) is { } invalid)
            return invalid;
        if (await FindAccountAsync(owner, id, ct) is not { } row)
            return ServiceResult<BackupAccountView>.NotFound(NoAccount);
        var pds = new Uri(row.Pds);
        var did = Did.Parse(row.Did);
        Handle? handle = Handle.TryParse(row.Handle, out var parsed) ? parsed : null;
        var opened = await stores.Servers.Anonymous(pds)
            .CreateSessionAsync(SignInName.Of(did, handle), command.Password!, command.Code, ct);
        if (!opened.IsOk)
            return Explain(opened.Error, pds, command);
        if (opened.Value.Tokens.Did != did)
            return ServiceResult<BackupAccountView>.Invalid(nameof(command.Password), "This signs in to another account than the one "
                + "that is backed up.");
        if (!opened.Value.IsAppPassword && !command.AllowMainPassword)
        {
            // Whether that succeeds is the server's affair: the tokens are dropped here either way.
            await stores.Servers.Anonymous(pds).DeleteSessionAsync(opened.Value.Tokens, ct);
            return ServiceResult<BackupAccountView>.Invalid(
                nameof(command.Password),
                $"This is the account's main password, which can do everything. Make an app password at {pds.Authority} and enter that: "
                + "it is enough, and you can take it back. Nothing was kept.");
        }

        await stores.Database.WriteAsync(
            async db =>
            {
                await stores.Secrets.WriteAsync(db, SecretKey.BackupSession(id), owner, SealedSession.Seal(opened.Value.Tokens));
                await db.ExecuteAsync("UPDATE backup_account SET has_session = @Yes WHERE id = @Id", new { Id = id, Yes = true });
                var kind = opened.Value.IsAppPassword ? "app password" : "main password";
                await Journal.AuditAsync(db, owner, id, new AuditEntry(owner, "backup.sign-in", kind));
            },
            ct);
        return await GetAccountAsync(owner, id, ct);
    }

    public async Task<ServiceResult<BackupAccountView>> SignOutAsync(string owner, string id, CancellationToken ct)
    {
        if (await FindAccountAsync(owner, id, ct) is null)
            return ServiceResult<BackupAccountView>.NotFound(NoAccount);
        await stores.Database.WriteAsync(
            async db =>
            {
                await SealedSecrets.EraseAsync(db, SecretKey.BackupSession(id));
                await db.ExecuteAsync("UPDATE backup_account SET has_session = @No WHERE id = @Id", new { Id = id, No = false });
                await Journal.AuditAsync(db, owner, id, new AuditEntry(owner, "backup.sign-out"));
            },
            ct);
        return await GetAccountAsync(owner, id, ct);
    }

    public Task<IReadOnlyList<BackupRunView>> ListRunsAsync(string owner, string accountId, int limit, CancellationToken ct) =>
        stores.Accounts.ListRunsAsync(owner, accountId, null, Math.Clamp(limit, 1, MostListed), ct);

    private async Task<AccountRow?> FindAccountAsync(string owner, string id, CancellationToken ct) =>
        (await stores.Accounts.ListAsync(owner, null, id, ct)).FirstOrDefault();

    private async Task<ServiceResult<BackupAccountView>> NudgeAsync(
        string owner, string id, string action, string set, CancellationToken ct)
    {
        await stores.Database.WriteAsync(
            async db =>
            {
                await db.ExecuteAsync($"UPDATE backup_account SET {set}, asked = @Yes WHERE id = @Id", new { Id = id, Yes = true });
                await Journal.AuditAsync(db, owner, id, new AuditEntry(owner, action));
            },
            ct);
        await WakeAsync([id], ct);
        return await GetAccountAsync(owner, id, ct);
    }

    private static ServiceResult<BackupAccountView> Explain(XrpcError error, Uri pds, SignInForBackup command)
    {
        const string password = nameof(command.Password);
        if (error.Is("AuthFactorTokenRequired"))
        {
            return ServiceResult<BackupAccountView>.Invalid(
                nameof(command.Code), $"{pds.Authority} mailed a sign-in code. Enter it here with the password, or take an app password: "
                    + "that needs no code.");
        }

        return error.Failure switch
        {
            XrpcFailure.Throttled => ServiceResult<BackupAccountView>.Unavailable(
                password, $"{pds.Authority} asks to wait{(error.RetryAt is { } at ? $" until {at:HH:mm} UTC" : "")}: too many sign-ins."),
            XrpcFailure.Refused when error.Is("AccountTakedown") => ServiceResult<BackupAccountView>.Invalid(
                password, $"{pds.Authority} has taken this account down and lets nobody sign in: {error.Message}"),
            XrpcFailure.Refused => ServiceResult<BackupAccountView>.Invalid(password, $"{pds.Authority} did not accept this password."),
            _ => ServiceResult<BackupAccountView>.Unavailable(password, $"{pds.Authority} could not be asked: {error.Message}"),
        };
    }

    private static IReadOnlyList<BackupDay> DaysOf(IReadOnlyList<BackupRunView> runs, IReadOnlyList<AlarmView> alarms)
    {
        var late = alarms.Where(alarm => alarm.Kind == AlarmKind.Late).Select(alarm => DayOf(alarm.RaisedAt)).ToHashSet();
        var days = runs.GroupBy(run => DayOf(run.StartedAt)).ToDictionary(
            day => day.Key,
            day => new BackupDay(
                day.Key,
                day.Count(run => run.Outcome is BackupRunOutcome.Stored or BackupRunOutcome.Shrunk),
                day.Count(run => run.Outcome == BackupRunOutcome.Unchanged),
                day.Count(run => run.Outcome is BackupRunOutcome.Failed or BackupRunOutcome.NeedsPerson or BackupRunOutcome.AccountGone),
                late.Contains(day.Key)));
        foreach (var day in late)
            days.TryAdd(day, new BackupDay(day, 0, 0, 0, true));
        return [.. days.Values.OrderBy(day => day.Day)];

        static DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);
    }

    /// <summary>Sums up, vault by vault, what each snapshot added to the first one that is kept.</summary>
    private static IReadOnlyList<GrowthPoint> GrowthOf(IReadOnlyList<OwnedSnapshot> oldestFirst)
    {
        var sums = new Dictionary<string, long>(StringComparer.Ordinal);
        var points = new List<GrowthPoint>();
        foreach (var found in oldestFirst)
        {
            var summary = found.Summary;
            var sum = sums.TryGetValue(found.VaultId, out var before) ? before + summary.NewBytes : summary.TotalBytes;
            sums[found.VaultId] = sum;
            points.Add(new GrowthPoint(summary.TakenAt, found.VaultName, summary.Records, summary.Blobs, sum, summary.NewBytes));
        }

        return points;
    }
}
