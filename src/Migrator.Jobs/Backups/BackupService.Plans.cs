using Migrator.Core.AtProto.Identity;
using Migrator.Core.Backups;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Backups;

namespace Migrator.Jobs.Backups;

internal sealed partial class BackupService
{
    private const string NoPlan = "There is no such plan.";
    private const int PreviewedTimes = 5;
    private const int WokenAtOnce = 50;
    private const int ResolvedAtOnce = 8;

    public async Task<IReadOnlyList<PlanView>> ListPlansAsync(string owner, CancellationToken ct)
    {
        var vaults = await stores.Vaults.ListAsync(owner, ct);
        var keys = await stores.Keys.ListAsync(owner, ct);
        var accounts = (await ListAccountsAsync(owner, null, ct)).ToLookup(account => account.PlanId);
        return [.. (await stores.Plans.ListAsync(owner, ct))
            .Select(plan => BackupViews.Plan(plan, vaults, keys, [.. accounts[plan.Id]], time.GetUtcNow()))];
    }

    public async Task<ServiceResult<PlanView>> GetPlanAsync(string owner, string id, CancellationToken ct)
    {
        if (await stores.Plans.FindAsync(owner, id, ct) is not { } plan)
            return ServiceResult<PlanView>.NotFound(NoPlan);
        var vaults = await stores.Vaults.ListAsync(owner, ct);
        var keys = await stores.Keys.ListAsync(owner, ct);
        return ServiceResult<PlanView>.Ok(BackupViews.Plan(plan, vaults, keys, await ListAccountsAsync(owner, id, ct), time.GetUtcNow()));
    }

    public Task<ServiceResult<PlanView>> CreatePlanAsync(string owner, SavePlan command, CancellationToken ct) =>
        SavePlanAsync(owner, null, command, ct);

    public async Task<ServiceResult<PlanView>> ChangePlanAsync(string owner, string id, SavePlan command, CancellationToken ct) =>
        await stores.Plans.FindAsync(owner, id, ct) is { } known
            ? await SavePlanAsync(owner, known, command, ct)
            : ServiceResult<PlanView>.NotFound(NoPlan);

    public async Task<ServiceResult<PlanView>> RemovePlanAsync(string owner, string id, CancellationToken ct)
    {
        if (await GetPlanAsync(owner, id, ct) is not { IsOk: true } view)
            return ServiceResult<PlanView>.NotFound(NoPlan);
        await stores.Database.WriteAsync(
            async db =>
            {
                await stores.Members.ReleaseAsync(db, id, _ => true);
                await SealedSecrets.EraseAsync(db, SecretKey.SuccessUrl(id));
                await db.ExecuteAsync("DELETE FROM backup_plan WHERE id = @Id", new { Id = id });
                // A plan for a whole server takes its accounts back soon.
                await db.ExecuteAsync("UPDATE backup_plan SET members_next_at = 0 WHERE owner = @Owner AND server IS NOT NULL",
                    new { Owner = owner });
                await Journal.AuditAsync(db, owner, id, new AuditEntry(owner, "plan.remove", view.Value!.Name));
            },
            ct);
        return view;
    }

    public Task<ServiceResult<PlanView>> PausePlanAsync(string owner, string id, CancellationToken ct) =>
        SetPausedAsync(owner, id, true, ct);

    public Task<ServiceResult<PlanView>> ResumePlanAsync(string owner, string id, CancellationToken ct) =>
        SetPausedAsync(owner, id, false, ct);

    public async Task<ServiceResult<PlanView>> RunPlanAsync(string owner, string id, CancellationToken ct)
    {
        if (await stores.Plans.FindAsync(owner, id, ct) is not { } plan)
            return ServiceResult<PlanView>.NotFound(NoPlan);
        if (plan.Paused)
            return ServiceResult<PlanView>.Conflict("The plan is paused. Resume it first.");
        var called = await stores.Database.WriteAsync(
            async db =>
            {
                var ids = await db.ListAsync<string>(
                    """
                    UPDATE backup_account SET backup_at = now_ms(), wake_at = now_ms(), why = 'person', asked = @Yes
                    WHERE plan_id = @Plan AND state <> 'Left' RETURNING id
                    """,
                    new { Plan = id, Yes = true });
                await Journal.AuditAsync(db, owner, id, new AuditEntry(owner, "plan.run"));
                return ids;
            },
            ct);
        await WakeAsync(called, ct);
        return await GetPlanAsync(owner, id, ct);
    }

    public Task<ServiceResult<SchedulePreview>> PreviewScheduleAsync(ScheduleInput command, CancellationToken ct)
    {
        if (Check<SchedulePreview, ScheduleInput>(new ScheduleValidator(), command) is { } invalid)
            return Task.FromResult(invalid);
        var now = time.GetUtcNow();
        var schedule = ReadSchedule(command, now);
        if (NeverFires(schedule, now) is { } never)
            return Task.FromResult(ServiceResult<SchedulePreview>.Invalid(nameof(command.Cron), never));
        var next = new List<DateTimeOffset>();
        for (var at = now; next.Count < PreviewedTimes; next.Add(at))
            at = schedule.NextAfter(at);
        return Task.FromResult(ServiceResult<SchedulePreview>.Ok(new SchedulePreview(schedule.Words, next)));
    }

    private async Task<ServiceResult<PlanView>> SavePlanAsync(string owner, StoredPlan? known, SavePlan command, CancellationToken ct)
    {
        if (Check<PlanView, SavePlan>(new SavePlanValidator(), command) is { } invalid)
            return invalid;
        var now = time.GetUtcNow();
        var schedule = ReadSchedule(command.Schedule!, known?.Schedule.AnchorAt ?? now);
        if (NeverFires(schedule, now) is { } never)
            return ServiceResult<PlanView>.Invalid("Schedule.Cron", never);
        if (await FindPartsFaultAsync(owner, command, ct) is { } fault)
            return fault;
        Uri? server = null;
        IReadOnlyList<PlanMember> members = [];
        if (command.Covers == "server")
        {
            ServerAddress.TryRead(command.Server, out server);
            if (server != known?.Server && await FindServerFaultAsync(server, ct) is { } trouble)
                return trouble;
        }
        else
        {
            var (resolved, problem) = await ResolveAsync(command.Accounts!, ct);
            if (problem is not null)
                return problem;
            members = resolved;
        }

        var plan = new StoredPlan(
            known?.Id ?? NewId(), owner, command.Name!.Trim(), known?.Paused ?? false, server, schedule, ReadRules(command.Retention),
            command.VerifyEveryDays ?? 30, command.GraceMinutes ?? 120,
            string.IsNullOrWhiteSpace(command.NotifyEmail) ? null : command.NotifyEmail.Trim(),
            known?.HasSuccessUrl ?? false, null, null, null, now)
        {
            VaultIds = [.. command.Vaults!.Distinct()],
            KeyIds = [.. command.Keys!.Distinct()],
        };
        return await StoreAsync(plan, known, command, members, ct);
    }

    private async Task<ServiceResult<PlanView>> StoreAsync(
        StoredPlan plan, StoredPlan? known, SavePlan command, IReadOnlyList<PlanMember> members, CancellationToken ct)
    {
        var refused = await stores.Database.WriteAsync<IReadOnlyList<TakenMember>>(
            async db =>
            {
                var taken = await BackupMemberStore.FindTakenAsync(db, plan.Owner, plan.Id, members.Select(member => member.Did));
                // Who names an account means it more than who names its whole server.
                if (!command.TakeOver && taken.Where(member => !member.ByServer).ToList() is { Count: > 0 } others)
                    return others;
                foreach (var member in taken)
                    await stores.Members.ReleaseAsync(db, member.Id);
                var successUrl = command.SuccessUrl?.Trim();
                var audit = new AuditEntry(plan.Owner, known is null ? "plan.create" : "plan.change", plan.Name);
                await stores.Plans.SaveAsync(db, plan, successUrl, audit);
                if (plan.Server is null)
                {
                    var dids = members.Select(member => member.Did.ToString()).ToHashSet(StringComparer.Ordinal);
                    await stores.Members.ReleaseAsync(db, plan.Id, did => !dids.Contains(did));
                    await BackupMemberStore.JoinAsync(db, plan, members);
                }
                else if (known is not null && known.Server != plan.Server)
                {
                    await stores.Members.ReleaseAsync(db, plan.Id, _ => true);
                }

                if (known is not null && (known.Schedule != plan.Schedule || known.GraceMinutes != plan.GraceMinutes))
                    await BackupMemberStore.RescheduleAsync(db, plan);
                return [];
            },
            ct);
        if (refused.Count > 0)
            return ServiceResult<PlanView>.Invalid(nameof(SavePlan.TakeOver), InAnotherPlan(refused));

        // For a server: the list is read now, so that the page shows who is in it; later readings are the watcher's.
        if (plan.Server is not null)
            await stores.ServerMembers.ReadAsync(plan, ct);
        var accounts = await stores.Accounts.ListAsync(plan.Owner, plan.Id, null, ct);
        await WakeAsync(accounts.Where(row => row.State == "New").Select(row => row.Id), ct);
        return await GetPlanAsync(plan.Owner, plan.Id, ct);
    }

    private static string InAnotherPlan(IReadOnlyList<TakenMember> taken)
    {
        var more = taken.Count == 1 ? "" : $" (and {taken.Count - 1} more)";
        return $"{taken[0].Did}{more} is in the plan \"{taken[0].Plan}\" already, and an account is in one plan. Say that this plan "
            + "takes it over, or leave it out here and let the other plan write to this plan's vaults as well. Its snapshots stay either "
            + "way.";
    }

    private async Task<ServiceResult<PlanView>> SetPausedAsync(string owner, string id, bool paused, CancellationToken ct)
    {
        if (await stores.Plans.FindAsync(owner, id, ct) is not { } plan)
            return ServiceResult<PlanView>.NotFound(NoPlan);
        if (plan.Paused != paused)
        {
            await stores.Database.WriteAsync(
                async db =>
                {
                    await db.ExecuteAsync("UPDATE backup_plan SET paused = @Paused WHERE id = @Id", new { Id = id, Paused = paused });
                    await BackupMemberStore.RescheduleAsync(db, plan with { Paused = paused });
                    await Journal.AuditAsync(db, owner, id, new AuditEntry(owner, paused ? "plan.pause" : "plan.resume"));
                },
                ct);
        }

        return await GetPlanAsync(owner, id, ct);
    }

    /// <summary>The first at once; the reconciler finds the others.</summary>
    private async Task WakeAsync(IEnumerable<string> accountIds, CancellationToken ct)
    {
        foreach (var id in accountIds.Take(WokenAtOnce))
            await waker.WakeAsync(new WorkId(WorkKind.Backup, Guid.ParseExact(id, "N")), ct);
    }

    private async Task<ServiceResult<PlanView>?> FindPartsFaultAsync(string owner, SavePlan command, CancellationToken ct)
    {
        var vaults = (await stores.Vaults.ListAsync(owner, ct)).Select(vault => vault.Id).ToHashSet(StringComparer.Ordinal);
        if (!command.Vaults!.All(vaults.Contains))
            return ServiceResult<PlanView>.Invalid(nameof(command.Vaults), "One of these vaults is not there any more.");
        var keys = (await stores.Keys.ListAsync(owner, ct)).ToDictionary(key => key.Id);
        foreach (var id in command.Keys!)
        {
            if (!keys.TryGetValue(id, out var key))
                return ServiceResult<PlanView>.Invalid(nameof(command.Keys), "One of these keys is not there any more.");
            if (!key.IsUsable)
                return ServiceResult<PlanView>.Invalid(nameof(command.Keys), "Show first that you have kept the private half of "
                    + $"\"{key.Name}\": without it nobody could open the backups.");
        }

        return null;
    }

    private async Task<ServiceResult<PlanView>?> FindServerFaultAsync(Uri server, CancellationToken ct)
    {
        var described = await stores.Servers.Anonymous(server).DescribeServerAsync(ct);
        return described.IsOk
            ? null
            : ServiceResult<PlanView>.Invalid(nameof(SavePlan.Server), $"{server.Authority} does not answer like a PDS: "
                + $"{described.Error.Message}");
    }

    private async Task<(IReadOnlyList<PlanMember> Members, ServiceResult<PlanView>? Problem)> ResolveAsync(
        IReadOnlyList<string> typed, CancellationToken ct)
    {
        var members = new List<PlanMember>();
        foreach (var batch in typed.Chunk(ResolvedAtOnce))
        {
            var found = await Task.WhenAll(batch.Select(async text =>
            {
                AccountName.TryRead(text, out var account);
                return (Account: account, Result: await stores.Identities.ResolveAsync(account, ct));
            }));
            foreach (var (account, result) in found)
            {
                const string field = nameof(SavePlan.Accounts);
                if (result.Identity is not { } identity)
                {
                    var message = $"{account}: {result.Message}";
                    return ([], result.Problem == IdentityProblem.Unreachable
                        ? ServiceResult<PlanView>.Unavailable(field, message)
                        : ServiceResult<PlanView>.Invalid(field, message));
                }

                if (members.All(member => member.Did != identity.Did))
                    members.Add(new PlanMember(identity.Did, identity.VerifiedHandle?.ToString(), identity.Pds));
            }
        }

        return (members, null);
    }

    private static PlanSchedule ReadSchedule(ScheduleInput input, DateTimeOffset anchor) => new(
        input.EveryHours,
        string.IsNullOrWhiteSpace(input.Cron) ? null : string.Join(' ', input.Cron.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
        string.IsNullOrWhiteSpace(input.TimeZone) ? TimeZoneInfo.Utc : TimeZoneInfo.FindSystemTimeZoneById(input.TimeZone.Trim()),
        input.JitterMinutes ?? 10,
        anchor);

    private static string? NeverFires(PlanSchedule schedule, DateTimeOffset now) =>
        schedule.NextAfter(now) > now.AddYears(5) ? "These times never come, or not within five years." : null;

    private static RetentionRules ReadRules(RetentionInput? input) => input is null
        ? RetentionRules.Usual
        : new RetentionRules(
            input.Last ?? 0, input.Hourly ?? 0, input.Daily ?? 0, input.Weekly ?? 0, input.Monthly ?? 0, input.Yearly ?? 0);
}
