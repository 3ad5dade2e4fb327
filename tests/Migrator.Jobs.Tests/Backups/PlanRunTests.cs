using Microsoft.Extensions.DependencyInjection;
using Migrator.Core.Backups;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Backups;
using Migrator.Jobs.Tests.Engine;
using Migrator.Testing.Notifications;
using Xunit;

namespace Migrator.Jobs.Tests.Backups;

/// <summary>Schedules, retries and alarms with the real engine on both databases; only the making of the backup is the test's.</summary>
public sealed class PlanRunTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_new_plan_backs_every_account_up_at_once_and_sets_their_next_turns(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await using var engine = await TestEngine.StartAsync(test.Options);
        await TestPlan.AddAsync(engine, accounts: 2);

        var first = await engine.Backups.NextAsync(Ct);
        var second = await engine.Backups.NextAsync(Ct);
        Assert.Equal(new[] { TestPlan.DidOf(1), TestPlan.DidOf(2) }.Order(), new[] { first.Did, second.Did }.Order());
        Assert.Single(first.Order.Vaults);
        Assert.Single(first.Order.Recipients);
        first.EndUnchanged();
        second.EndUnchanged();

        await TestPlan.UntilAsync(test, "SELECT count(*) FROM backup_account WHERE state = 'Good' AND lease_until IS NULL", 2);
        Assert.Equal(2, await test.SingleAsync<long>(
            "SELECT count(*) FROM backup_account WHERE backup_at > now_ms() AND backup_at <= now_ms() + 3600000 AND late_at > backup_at"));
        Assert.Equal(2, await test.SingleAsync<long>("SELECT count(*) FROM backup_run WHERE why = 'first' AND outcome = 'Unchanged' AND ended_at >= started_at"));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Runs_that_were_missed_are_made_up_for_once(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await using var engine = await TestEngine.StartAsync(test.Options);
        await TestPlan.AddAsync(engine, accounts: 1);
        (await engine.Backups.NextAsync(Ct)).EndUnchanged();
        await TestPlan.UntilAsync(test, "SELECT count(*) FROM backup_account WHERE state = 'Good' AND lease_until IS NULL", 1);

        // Three days without a process.
        await test.ExecuteAsync("UPDATE backup_account SET backup_at = now_ms() - 259200000, wake_at = now_ms() - 259200000");
        (await engine.Backups.NextAsync(Ct)).EndUnchanged();

        await TestPlan.UntilAsync(test, "SELECT count(*) FROM backup_run WHERE why = 'late' AND ended_at IS NOT NULL", 1);
        await TestPlan.UntilAsync(test, "SELECT count(*) FROM backup_account WHERE backup_at > now_ms() AND wake_at IS NOT NULL AND lease_until IS NULL", 1);
        Assert.False(engine.Backups.HasAnother);
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_run_that_ends_badly_after_its_plan_was_removed_leaves_no_alarm_behind(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await using var engine = await TestEngine.StartAsync(test.Options);
        var plan = await TestPlan.AddAsync(engine, accounts: 1);
        var backup = await engine.Backups.NextAsync(Ct);
        var service = engine.Services.GetRequiredService<IBackupService>();
        Assert.True((await service.RemovePlanAsync(TestPlan.Owner, plan.Id, Ct)).IsOk);
        backup.End(new BackupOutcome.NeedsPerson(BackupTrouble.Vault, "The disk is full.", "Make room."));
        await TestPlan.UntilAsync(test, "SELECT count(*) FROM backup_run WHERE outcome = 'NeedsPerson'", 1);
        Assert.Equal(0, await test.SingleAsync<long>("SELECT count(*) FROM alarm"));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_wish_to_run_now_during_a_run_makes_one_more_and_never_two_at_once(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await using var engine = await TestEngine.StartAsync(test.Options);
        await TestPlan.AddAsync(engine, accounts: 1);
        var service = engine.Services.GetRequiredService<IBackupService>();
        var first = await engine.Backups.NextAsync(Ct);
        var account = Assert.Single(await service.ListAccountsAsync(TestPlan.Owner, null, Ct));
        Assert.Equal(BackupHealth.Running, account.Health);

        Assert.True((await service.RunAccountAsync(TestPlan.Owner, account.Id, Ct)).IsOk);
        Assert.True((await service.RunAccountAsync(TestPlan.Owner, account.Id, Ct)).IsOk);
        Assert.False(engine.Backups.HasAnother);
        first.EndUnchanged();

        (await engine.Backups.NextAsync(Ct)).EndUnchanged();
        await TestPlan.UntilAsync(test, "SELECT count(*) FROM backup_run WHERE why = 'person' AND ended_at IS NOT NULL", 1);
        await TestPlan.UntilAsync(test, "SELECT count(*) FROM backup_account WHERE backup_at > now_ms() AND lease_until IS NULL", 1);
        Assert.False(engine.Backups.HasAnother);
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_failing_backup_is_tried_again_and_is_one_alarm_that_ends_with_the_next_good_one(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await using var mail = SmtpSink.Start();
        await using var engine = await TestEngine.StartAsync(
            test.Options, [.. mail.Settings, ("Migrator:Backups:FirstRetrySeconds", "1"), ("Migrator:Backups:TriesBeforeAlarm", "2")]);
        await TestPlan.AddAsync(engine, accounts: 1, plan => plan with { NotifyEmail = "owner@example.com" });
        var trouble = new BackupOutcome.Waiting(WaitCause.SourceTrouble, "pds.example answers with 502.", DateTimeOffset.UnixEpoch);

        for (var tries = 1; tries <= 3; tries++)
            (await engine.Backups.NextAsync(Ct)).End(trouble);
        var raised = await mail.NextAsync(Ct);
        (await engine.Backups.NextAsync(Ct)).EndUnchanged();
        var ended = await mail.NextAsync(Ct);

        Assert.Contains("Subject: Migrator: backup fails", raised, StringComparison.Ordinal);
        Assert.Contains("To: owner@example.com", raised, StringComparison.Ordinal);
        Assert.Contains("pds.example answers with 502.", SmtpSink.TextOf(raised), StringComparison.Ordinal);
        Assert.Contains("Subject: Migrator: backup is good again", ended, StringComparison.Ordinal);
        await TestPlan.UntilAsync(test, "SELECT count(*) FROM outbox WHERE sent_at IS NOT NULL", 2);
        var alarm = Assert.Single(await engine.Services.GetRequiredService<IBackupService>().ListAlarmsAsync(TestPlan.Owner, false, 10, Ct));
        Assert.Equal((AlarmKind.Failed, 2), (alarm.Kind, alarm.Told));
        Assert.NotNull(alarm.EndedAt);
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_late_backup_is_noticed_although_its_run_hangs(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await using var engine = await TestEngine.StartAsync(test.Options);
        await TestPlan.AddAsync(engine, accounts: 1);
        var hanging = await engine.Backups.NextAsync(Ct);

        await test.ExecuteAsync("UPDATE backup_account SET late_at = now_ms() - 1");

        await TestPlan.UntilAsync(test, "SELECT count(*) FROM alarm WHERE kind = 'Late' AND ended_at IS NULL", 1);
        var service = engine.Services.GetRequiredService<IBackupService>();
        Assert.Equal(BackupHealth.Late, Assert.Single(await service.ListAccountsAsync(TestPlan.Owner, null, Ct)).Health);
        Assert.Equal(1, (await service.GetOverviewAsync(TestPlan.Owner, Ct)).Accounts.Late);
        hanging.EndUnchanged();
        await TestPlan.UntilAsync(test, "SELECT count(*) FROM alarm WHERE kind = 'Late' AND ended_at IS NOT NULL", 1);
        Assert.Equal(1, await test.SingleAsync<long>("SELECT count(*) FROM alarm"));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task An_account_that_is_gone_is_an_alarm_of_its_own_and_is_found_again(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await using var engine = await TestEngine.StartAsync(test.Options);
        await TestPlan.AddAsync(engine, accounts: 1);
        (await engine.Backups.NextAsync(Ct)).End(new BackupOutcome.AccountGone(AccountAbsence.Deactivated, "Its owner deactivated it."));

        await TestPlan.UntilAsync(test, "SELECT count(*) FROM alarm WHERE kind = 'Gone' AND ended_at IS NULL", 1);
        await TestPlan.UntilAsync(test, "SELECT count(*) FROM backup_account WHERE state = 'Gone' AND late_at IS NULL AND lease_until IS NULL", 1);
        await TestPlan.MakeDueAsync(test);
        (await engine.Backups.NextAsync(Ct)).EndUnchanged();

        await TestPlan.UntilAsync(test, "SELECT count(*) FROM alarm WHERE kind = 'Gone' AND ended_at IS NOT NULL", 1);
        await TestPlan.UntilAsync(test, "SELECT count(*) FROM backup_account WHERE state = 'Good' AND late_at > now_ms()", 1);
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_paused_plan_begins_nothing_and_resumed_makes_up_for_what_was_missed(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await using var engine = await TestEngine.StartAsync(test.Options);
        var plan = await TestPlan.AddAsync(engine, accounts: 1);
        (await engine.Backups.NextAsync(Ct)).EndUnchanged();
        await TestPlan.UntilAsync(test, "SELECT count(*) FROM backup_account WHERE state = 'Good' AND lease_until IS NULL", 1);
        var service = engine.Services.GetRequiredService<IBackupService>();

        var paused = await service.PausePlanAsync(TestPlan.Owner, plan.Id, Ct);
        Assert.Equal((PlanState.Paused, (DateTimeOffset?)null), (paused.Value!.State, paused.Value.NextAt));
        Assert.Equal(1, await test.SingleAsync<long>("SELECT count(*) FROM backup_account WHERE backup_at IS NULL AND late_at IS NULL"));
        Assert.Equal(Jobs.Migrations.ServiceOutcome.Conflict, (await service.RunPlanAsync(TestPlan.Owner, plan.Id, Ct)).Outcome);

        await test.ExecuteAsync("UPDATE backup_account SET last_good_at = now_ms() - 86400000");
        await service.ResumePlanAsync(TestPlan.Owner, plan.Id, Ct);

        (await engine.Backups.NextAsync(Ct)).EndUnchanged();
        await TestPlan.UntilAsync(test, "SELECT count(*) FROM backup_account WHERE backup_at > now_ms() AND late_at > now_ms()", 1);
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_run_whose_worker_died_is_taken_over_and_its_books_are_closed_to_it(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await using var first = await TestEngine.StartAsync(test.Options);
        await TestPlan.AddAsync(first, accounts: 1);
        var zombie = await first.Backups.NextAsync(Ct);
        await test.ExecuteAsync("UPDATE backup_account SET lease_until = now_ms() - 1, lease_holder = 'dead', fence = fence + 1");

        var fresh = await first.Backups.NextAsync(Ct);
        var folder = AccountFolder.Create(Guid.NewGuid(), zombie.Order.Did, zombie.Order.Recipients, TimeProvider.System.GetUtcNow());
        await Assert.ThrowsAsync<WorkLostException>(() => zombie.Index.AddFolderAsync(folder, Ct));
        await fresh.Index.AddFolderAsync(folder, Ct);
        fresh.EndUnchanged();

        await TestPlan.UntilAsync(test, "SELECT count(*) FROM backup_run WHERE outcome = 'Interrupted'", 1);
        await TestPlan.UntilAsync(test, "SELECT count(*) FROM backup_run WHERE outcome = 'Unchanged'", 1);
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_host_that_asks_for_patience_is_left_alone_by_all_its_accounts(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await using var engine = await TestEngine.StartAsync(test.Options);
        await engine.Services.GetRequiredService<StorageGate>().WaitAsync(Ct);
        var pauses = engine.Services.GetRequiredService<HostPauseStore>();
        var until = TimeProvider.System.GetUtcNow().AddSeconds(4);
        await pauses.AddAsync(new HostPause("pds.example:443", until), Ct);
        await TestPlan.AddAsync(engine, accounts: 2);

        var backup = await engine.Backups.NextAsync(Ct);

        Assert.True(TimeProvider.System.GetUtcNow() >= until.AddMilliseconds(-50));
        backup.EndUnchanged();
        (await engine.Backups.NextAsync(Ct)).EndUnchanged();
    }
}
