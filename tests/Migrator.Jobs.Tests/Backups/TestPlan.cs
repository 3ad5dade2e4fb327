using Microsoft.Extensions.DependencyInjection;
using Migrator.Core.Age;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Backups;
using Migrator.Core.Vaults;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Backups;
using Migrator.Jobs.Tests.Engine;
using Xunit;

namespace Migrator.Jobs.Tests.Backups;

/// <summary>Plans as the service stores them, without asking any server.</summary>
internal static class TestPlan
{
    public const string Owner = TestDatabase.Owner;
    public static readonly Uri Pds = new("https://pds.example");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static string DidOf(int number) => $"did:plc:{number.ToString("D24", System.Globalization.CultureInfo.InvariantCulture).Replace('0', 'a').Replace('1', 'b').Replace('8', 'h').Replace('9', 'j')}";

    /// <summary>A plan for accounts, hourly without jitter, with a vault in a folder of its own and one key.</summary>
    public static async Task<StoredPlan> AddAsync(
        TestEngine engine, int accounts, Func<StoredPlan, StoredPlan>? change = null, string? successUrl = null, Uri? pds = null)
    {
        await engine.Services.GetRequiredService<StorageGate>().WaitAsync(Ct);
        var stores = engine.Services.GetRequiredService<BackupStores>();
        var now = TimeProvider.System.GetUtcNow();
        var vault = new StoredVault(
            Guid.NewGuid().ToString("N"), Owner, "Disk", new FileVaultSettings("/nowhere"), "/nowhere", Guid.NewGuid(), null, now);
        await stores.Vaults.AddAsync(vault, null, new AuditEntry(Owner, "vault.add"), Ct);
        using var identity = AgeIdentity.Generate();
        var key = new StoredKey(Guid.NewGuid().ToString("N"), Owner, "Key", identity.Recipient.ToString(), false, null, now);
        await stores.Keys.AddAsync(key, new AuditEntry(Owner, "backup-key.bring"), Ct);
        var plan = new StoredPlan(
            Guid.NewGuid().ToString("N"), Owner, "Plan", false, null, new PlanSchedule(1, null, TimeZoneInfo.Utc, 0, now.AddMinutes(-30)),
            new RetentionRules(), 30, 120, null, false, null, null, null, now)
        {
            VaultIds = [vault.Id],
            KeyIds = [key.Id],
        };
        plan = change?.Invoke(plan) ?? plan;
        var members = Enumerable.Range(1, accounts).Select(number => new PlanMember(Did.Parse(DidOf(number)), null, pds ?? Pds)).ToList();
        await stores.Database.WriteAsync(
            async db =>
            {
                await stores.Plans.SaveAsync(db, plan, successUrl, new AuditEntry(Owner, "plan.create"));
                await BackupMemberStore.JoinAsync(db, plan, members);
            },
            Ct);
        return plan;
    }

    /// <summary>Sets the turn of every account to now, as the passing of time would.</summary>
    public static Task MakeDueAsync(TestDatabase test) =>
        test.ExecuteAsync("UPDATE backup_account SET backup_at = now_ms() - 1, wake_at = now_ms() - 1 WHERE backup_at IS NOT NULL");

    /// <summary>Waits until a query counts so many; fails with what it counted when it does not in time.</summary>
    /// <param name="within">Null: half a minute.</param>
    public static async Task UntilAsync(TestDatabase test, string count, long expected, TimeSpan? within = null)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var found = await test.SingleAsync<long>(count);
            if (found == expected)
                return;
            if (TimeProvider.System.GetElapsedTime(begun) > (within ?? TimeSpan.FromSeconds(30)))
                Assert.Fail($"{found} instead of {expected}: {count}");
            await Task.Delay(50, Ct);
        }
    }
}
