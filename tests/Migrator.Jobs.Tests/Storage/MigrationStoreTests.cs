using Migrator.Core.Migrations;
using Migrator.Jobs.Storage;
using Xunit;

namespace Migrator.Jobs.Tests.Storage;

public sealed class MigrationStoreTests(PostgresFixture postgres)
{
    private static readonly MigrationProgress Copying = new() { State = MigrationState.Copying, Step = StepName.ImportRepo };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task What_the_runner_saves_is_read_back(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var id = await test.AddStartedAsync();
        var lease = await test.TakeAsync(id);
        var at = new DateTimeOffset(2026, 3, 1, 10, 0, 0, TimeSpan.Zero);

        await test.Store.BeginAttemptAsync(lease, Copying, StepName.ImportRepo, Ct);
        var progress = Copying with { Done = [new StepDone(StepName.ImportRepo, at, "3 records")] };
        var imported = new MigrationEvent(at, StepName.ImportRepo, "Imported.");
        await test.Store.SaveAsync(lease, progress, AttemptOutcome.Done, [imported], null, Ct);

        var read = await test.Store.FindAsync(id, Ct);
        Assert.Equal(MigrationState.Copying, read!.Progress.State);
        Assert.Equal(progress.Done, read.Progress.Done);
        var attempt = Assert.Single(await test.Reads.ListAttemptsAsync(id, Ct));
        Assert.Equal((StepName.ImportRepo, 1L, 1L, AttemptOutcome.Done), (attempt.Step, attempt.Attempt, attempt.Fence, attempt.Outcome));
        var line = Assert.Single(await test.Reads.ListEventsAsync(id, 0, 10, Ct));
        Assert.Equal(imported, line.Event);
        Assert.Empty(await test.Reads.ListEventsAsync(id, line.Seq, 10, Ct));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_writer_whose_lease_was_taken_over_is_refused_everywhere_and_changes_nothing(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var id = await test.AddStartedAsync();
        var stale = await test.TakeAsync(id);
        await test.Store.BeginAttemptAsync(stale, Copying, StepName.ImportRepo, Ct);
        await test.ExpireAsync(id);
        var fresh = await test.TakeAsync(id, "worker-2");
        Assert.Equal(stale.Fence + 1, fresh.Fence);
        var before = await test.Reads.ReadVersionAsync(id, Ct);

        await AssertRefusedAsync(test, stale);

        Assert.Equal(before, await test.Reads.ReadVersionAsync(id, Ct));
        Assert.Empty(await test.Reads.ListEventsAsync(id, 0, 10, Ct));
        Assert.Null(await test.Reads.ReadLiveAsync(id, Ct));
        Assert.Empty(await test.Ledger.ListAsync(id, null, Ct));
        await test.Store.ConfirmAsync(fresh, Ct);
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_lease_that_ran_out_is_refused_even_when_nobody_took_over(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var id = await test.AddStartedAsync();
        var lease = await test.TakeAsync(id);
        await test.ExpireAsync(id);

        await AssertRefusedAsync(test, lease);
        Assert.False(await test.Leases.RenewAsync(lease, TimeSpan.FromMinutes(1), Ct));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task An_attempt_that_a_dead_worker_left_open_ends_as_interrupted_and_the_next_is_counted_on(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var id = await test.AddStartedAsync();
        await test.Store.BeginAttemptAsync(await test.TakeAsync(id), Copying, StepName.ImportRepo, Ct);
        await test.ExpireAsync(id);
        await test.Store.BeginAttemptAsync(await test.TakeAsync(id, "worker-2"), Copying, StepName.ImportRepo, Ct);

        var attempts = await test.Reads.ListAttemptsAsync(id, Ct);
        Assert.Equal([(1L, 1L, AttemptOutcome.Interrupted), (2L, 2L, null)], attempts.Select(a => (a.Attempt, a.Fence, a.Outcome)));
        Assert.NotNull(attempts[0].EndedAt);
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_change_of_state_writes_its_audit_row_and_its_notice_and_a_mere_wait_writes_neither(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var id = await test.AddStartedAsync();
        var lease = await test.TakeAsync(id);
        var wait = new Hold(HoldCause.Waiting, "m", "s", "d", DateTimeOffset.UnixEpoch, 0, DateTimeOffset.UnixEpoch);
        var needs = wait with { Cause = HoldCause.PlcCode, Until = null };

        await test.Store.SaveAsync(lease, Copying, null, [], null, Ct);
        await test.Store.SaveAsync(lease, Copying with { Hold = wait }, null, [], null, Ct);
        await test.Store.SaveAsync(lease, Copying, null, [], null, Ct);
        await test.Store.SaveAsync(lease, Copying with { Hold = needs }, null, [], null, Ct);

        var audit = await test.ListAsync<string>("SELECT detail FROM audit WHERE action = 'migration.state' ORDER BY id");
        Assert.Equal(["Copying", "Copying: PlcCode"], audit);
        var kinds = await test.ListAsync<string>("SELECT kind FROM outbox WHERE kind <> 'migration.start' ORDER BY id");
        Assert.Equal(["migration.state", "migration.hold"], kinds);
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Audit_rows_can_neither_be_changed_nor_deleted(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await test.AddStartedAsync();

        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => test.ExecuteAsync("UPDATE audit SET actor = 'somebody else'"));
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => test.ExecuteAsync("DELETE FROM audit"));
        Assert.Equal(2, await test.SingleAsync<long>("SELECT count(*) FROM audit"));
    }

    private static async Task AssertRefusedAsync(TestDatabase test, Lease lease)
    {
        var live = new LiveProgress(StepName.CopyBlobs, 1, 2, 3, 4, DateTimeOffset.UnixEpoch);
        var blob = new BlobEntry(Core.AtProto.Syntax.Cid.ForRaw([1]), BlobState.Copied, 1, null, null, null);
        await Assert.ThrowsAsync<LeaseLostException>(() => test.Store.ConfirmAsync(lease, Ct));
        await Assert.ThrowsAsync<LeaseLostException>(() => test.Store.BeginAttemptAsync(lease, Copying, StepName.CopyBlobs, Ct));
        var line = new MigrationEvent(DateTimeOffset.UnixEpoch, null, "x");
        await Assert.ThrowsAsync<LeaseLostException>(() => test.Store.SaveAsync(lease, Copying, AttemptOutcome.Done, [line], null, Ct));
        await Assert.ThrowsAsync<LeaseLostException>(() => test.Store.ReportLiveAsync(lease, live, Ct));
        await Assert.ThrowsAsync<LeaseLostException>(() => test.Ledger.AddNeededAsync(lease, [blob], Ct));
        await Assert.ThrowsAsync<LeaseLostException>(() => test.Ledger.RecordAsync(lease, [blob], Ct));
    }
}
