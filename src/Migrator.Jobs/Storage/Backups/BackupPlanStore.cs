using System.Text.Json;

namespace Migrator.Jobs.Storage.Backups;

/// <summary>The plans of a person. Who is in them is in <see cref="BackupMemberStore"/>.</summary>
public sealed class BackupPlanStore(Database database, SealedSecrets secrets)
{
    /// <summary>The owner's plans, oldest first.</summary>
    public Task<IReadOnlyList<StoredPlan>> ListAsync(string owner, CancellationToken ct) => database.ReadAsync<IReadOnlyList<StoredPlan>>(
        async db =>
        {
            var rows = await db.ListAsync<PlanRow>(
                $"SELECT {PlanRow.Columns} FROM backup_plan WHERE owner = @Owner ORDER BY created_at, id", new { Owner = owner });
            var plans = new List<StoredPlan>();
            foreach (var row in rows)
                plans.Add(await WithPartsAsync(db, row.ToPlan()));
            return plans;
        },
        ct);

    /// <param name="owner">Null: whoever it belongs to, for the engine.</param>
    public Task<StoredPlan?> FindAsync(string? owner, string id, CancellationToken ct) => database.ReadAsync(db => FindAsync(db, owner, id), ct);

    internal static async Task<StoredPlan?> FindAsync(DbSession db, string? owner, string id)
    {
        var row = await db.FirstOrDefaultAsync<PlanRow>(
            $"SELECT {PlanRow.Columns} FROM backup_plan WHERE id = @Id AND (@Owner IS NULL OR owner = @Owner)", new { Id = id, Owner = owner });
        return row is null ? null : await WithPartsAsync(db, row.ToPlan());
    }

    /// <summary>Stores a new plan, or the changed one of this id.</summary>
    /// <param name="successUrl">Null: stays as it is; empty: is taken away.</param>
    internal async Task SaveAsync(DbSession db, StoredPlan plan, string? successUrl, AuditEntry audit)
    {
        var hasUrl = successUrl is null ? plan.HasSuccessUrl : successUrl.Length > 0;
        await db.ExecuteAsync(
            """
            INSERT INTO backup_plan (id, owner, name, paused, server, every_hours, cron, time_zone, jitter_minutes, anchor_at, retention,
              verify_every_days, grace_minutes, notify_email, has_success_url, members_next_at, created_at)
            VALUES (@Id, @Owner, @Name, @Paused, @Server, @EveryHours, @Cron, @Zone, @Jitter, @Anchor, @Retention,
              @VerifyEveryDays, @GraceMinutes, @NotifyEmail, @HasUrl, @MembersNext, now_ms())
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, server = excluded.server, every_hours = excluded.every_hours,
              cron = excluded.cron, time_zone = excluded.time_zone, jitter_minutes = excluded.jitter_minutes, anchor_at = excluded.anchor_at,
              retention = excluded.retention, verify_every_days = excluded.verify_every_days, grace_minutes = excluded.grace_minutes,
              notify_email = excluded.notify_email, has_success_url = excluded.has_success_url, members_next_at = excluded.members_next_at
            """,
            new
            {
                plan.Id,
                plan.Owner,
                plan.Name,
                plan.Paused,
                Server = plan.Server?.OriginalString,
                plan.Schedule.EveryHours,
                plan.Schedule.Cron,
                Zone = plan.Schedule.Zone.Id,
                Jitter = plan.Schedule.JitterMinutes,
                Anchor = plan.Schedule.AnchorAt.ToDb(),
                Retention = JsonSerializer.Serialize(plan.Retention, JsonSerializerOptions.Web),
                plan.VerifyEveryDays,
                plan.GraceMinutes,
                plan.NotifyEmail,
                HasUrl = hasUrl,
                MembersNext = plan.Server is null ? (long?)null : 0,
            });
        await db.ExecuteAsync("DELETE FROM backup_plan_vault WHERE plan_id = @Id", new { plan.Id });
        await db.ExecuteAsync("DELETE FROM backup_plan_key WHERE plan_id = @Id", new { plan.Id });
        foreach (var (place, vault) in plan.VaultIds.Index())
            await db.ExecuteAsync(
                "INSERT INTO backup_plan_vault (plan_id, vault_id, place) VALUES (@Id, @Vault, @Place)", new { plan.Id, Vault = vault, Place = place });
        foreach (var (place, key) in plan.KeyIds.Index())
            await db.ExecuteAsync(
                "INSERT INTO backup_plan_key (plan_id, key_id, place) VALUES (@Id, @Key, @Place)", new { plan.Id, Key = key, Place = place });
        if (successUrl is { Length: > 0 })
            await secrets.WriteAsync(db, SecretKey.SuccessUrl(plan.Id), plan.Owner, successUrl);
        else if (successUrl is not null)
            await SealedSecrets.EraseAsync(db, SecretKey.SuccessUrl(plan.Id));
        await Journal.AuditAsync(db, plan.Owner, plan.Id, audit);
    }

    /// <summary>Server plans whose accounts are to be read again, each given to one caller.</summary>
    public Task<IReadOnlyList<StoredPlan>> ClaimMemberReadsAsync(TimeSpan again, CancellationToken ct) => database.WriteAsync(
        async Task<IReadOnlyList<StoredPlan>> (db) =>
        {
            var rows = await db.ListAsync<PlanRow>(
                $"""
                UPDATE backup_plan SET members_next_at = now_ms() + @Again
                WHERE members_next_at <= now_ms() AND NOT paused AND server IS NOT NULL RETURNING {PlanRow.Columns}
                """,
                new { Again = (long)again.TotalMilliseconds });
            return [.. rows.Select(row => row.ToPlan())];
        },
        ct);

    /// <summary>Notes how a reading of the accounts ended.</summary>
    /// <param name="problem">Null: it went well.</param>
    public Task NoteMembersAsync(string planId, string? problem, CancellationToken ct) => database.WriteAsync(
        db => db.ExecuteAsync(
            """
            UPDATE backup_plan SET members_problem = @Problem, members_at = CASE WHEN @Problem IS NULL THEN now_ms() ELSE members_at END
            WHERE id = @Id
            """,
            new { Id = planId, Problem = problem }),
        ct);

    private static async Task<StoredPlan> WithPartsAsync(DbSession db, StoredPlan plan) => plan with
    {
        VaultIds = await db.ListAsync<string>("SELECT vault_id FROM backup_plan_vault WHERE plan_id = @Id ORDER BY place", new { plan.Id }),
        KeyIds = await db.ListAsync<string>("SELECT key_id FROM backup_plan_key WHERE plan_id = @Id ORDER BY place", new { plan.Id }),
    };
}
