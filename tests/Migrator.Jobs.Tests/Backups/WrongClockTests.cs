using Microsoft.Extensions.DependencyInjection;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Backups;
using Migrator.Jobs.Tests.Engine;
using Xunit;

namespace Migrator.Jobs.Tests.Backups;

/// <summary>What a clock that ran a year ahead leaves behind, when it is right again.</summary>
public sealed class WrongClockTests(PostgresFixture postgres)
{
    private const string AYear = "31536000000";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Turns_that_a_wrong_clock_set_a_year_ahead_come_at_once_when_it_is_right_again(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await using var engine = await TestEngine.StartAsync(test.Options);
        await TestPlan.AddAsync(engine, accounts: 2);
        (await engine.Backups.NextAsync(Ct)).EndUnchanged();
        (await engine.Backups.NextAsync(Ct)).EndUnchanged();
        await TestPlan.UntilAsync(test, "SELECT count(*) FROM backup_account WHERE state = 'Good' AND lease_until IS NULL AND upkeep_at "
            + "> now_ms()", 2);

        await test.ExecuteAsync(
            $"""
            UPDATE backup_account SET backup_at = backup_at + {AYear}, late_at = late_at + {AYear}, last_good_at = last_good_at + {AYear},
              upkeep_at = upkeep_at + {AYear}, wake_at = wake_at + {AYear}
            """);
        await test.ExecuteAsync($"UPDATE backup_plan SET round_slot = round_slot + {AYear}");

        (await engine.Backups.NextAsync(Ct)).EndUnchanged();
        (await engine.Backups.NextAsync(Ct)).EndUnchanged();
        await TestPlan.UntilAsync(
            test,
            """
            SELECT count(*) FROM backup_account a JOIN backup_plan p ON p.id = a.plan_id
            WHERE a.last_good_at <= now_ms() AND a.lease_until IS NULL
              AND a.backup_at <= now_ms() + 3600000 AND a.late_at <= now_ms() + 10800000 AND a.upkeep_at <= now_ms() + 21600000
              AND p.round_slot BETWEEN 1 AND now_ms()
            """,
            2);
        Assert.False(engine.Backups.HasAnother);
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_lease_that_a_dead_worker_took_under_a_clock_a_year_ahead_ends_after_its_life(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await using var engine = await TestEngine.StartAsync(test.Options);
        await TestPlan.AddAsync(engine, accounts: 1);
        (await engine.Backups.NextAsync(Ct)).EndUnchanged();
        await TestPlan.UntilAsync(test, "SELECT count(*) FROM backup_account WHERE state = 'Good' AND lease_until IS NULL", 1);

        await test.ExecuteAsync(
            $"""
            UPDATE backup_account SET lease_holder = 'a dead worker', lease_until = now_ms() + {AYear},
              backup_at = now_ms() - 1, wake_at = now_ms() - 1
            """);
        (await engine.Backups.NextAsync(Ct)).EndUnchanged();
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_right_clock_changes_nothing(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await using var engine = TestEngine.Create(test.Options);
        engine.Services.GetRequiredService<StorageGate>().Open();
        await TestPlan.AddAsync(engine, accounts: 2);
        await test.ExecuteAsync("UPDATE backup_account SET backup_at = now_ms() + 3500000, last_good_at = now_ms(), upkeep_at = now_ms() "
            + "+ 21000000");
        // A server may ask for more patience than the schedule has.
        await test.ExecuteAsync("INSERT INTO host_pause (host, until_at) VALUES ('pds.example:443', now_ms() + 86400000)");
        await test.ExecuteAsync("UPDATE backup_account SET backup_at = (SELECT until_at FROM host_pause) WHERE did = "
            + $"'{TestPlan.DidOf(2)}'");

        Assert.Equal(0, await engine.Services.GetRequiredService<WrongClock>().MendAsync(Ct));
        Assert.Equal(1, await test.SingleAsync<long>("SELECT count(*) FROM host_pause"));
    }
}
