using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Migrator.Core.Age;
using Migrator.Core.Drills;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Drills;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Snapshots;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Tests.Backups;
using Migrator.Jobs.Tests.Engine;
using Migrator.Testing.Notifications;
using Xunit;

namespace Migrator.Jobs.Tests.Drills;

/// <summary>Drills through the real engine, with real keys and a real snapshot; only the restoring itself is the test's.</summary>
public sealed class DrillServiceTests(PostgresFixture postgres)
{
    private const string Owner = DrillWorld.Owner;
    private const string Session = "cookie";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_key_that_the_session_gave_is_enough_for_a_drill_at_the_button_and_lies_nowhere(DatabaseProvider provider)
    {
        await using var world = await DrillWorld.StartAsync(provider, postgres);
        Assert.True((await world.StandingAsync()).IsDue);
        Assert.True(world.Engine.Services.GetRequiredService<ISnapshotBrowser>().GiveKey(Owner, Session, world.Identity.RevealText()).IsOk);

        var asked = (await world.Service.StartAsync(Owner, Session, new StartDrill(world.AccountId), Ct)).Value!;
        var begun = await world.Engine.Drills.NextAsync(Ct);
        var running = await world.UntilAsync(asked.Id, drill => drill.State == DrillState.Running);
        Assert.Equal(("person", DrillKeySource.Session), (running.Why, running.KeyFrom));
        Assert.Equal(world.Identity.Recipient.ToString(), begun.Order.Identities.OfType<X25519Identity>().Single().Recipient.ToString());
        begun.Say(new DrillProgress("copyBlobs", "Copying files", 3, 31));
        Assert.Equal("Copying files", (await world.UntilAsync(asked.Id, drill => drill.Progress is not null)).Progress!.Title);
        Assert.Equal(
            ServiceOutcome.Conflict, (await world.Service.StartAsync(Owner, Session, new StartDrill(world.AccountId), Ct)).Outcome);
        begun.EndProven();

        var proven = await world.UntilAsync(asked.Id, drill => drill.IsOver);
        Assert.Equal((DrillState.Proven, 100, DrillDepth.Sandbox), (proven.State, proven.Summary!.Percent, proven.Summary.Depth));
        var standing = await world.StandingAsync();
        Assert.Equal((proven.Id, false), (standing.LastProven!.Id, standing.IsDue));
        Assert.Equal(1, await world.Test.SingleAsync<long>("SELECT count(*) FROM backup_snapshot WHERE opened_at IS NOT NULL"));
        Assert.Null(world.Engine.Services.GetRequiredService<DrillKeys>().Find(asked.Id));
        Assert.Equal(0, await world.Test.SingleAsync<long>("SELECT count(*) FROM sealed_secret"));
        if (provider == DatabaseProvider.Postgres)
            await TestPlan.UntilAsync(world.Test, "SELECT count(*) FROM qrtz_job_details WHERE job_group = 'drill'", 0);
        AssertNowhere(world);
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_kept_key_lets_the_schedule_begin_drills_until_it_is_erased(DatabaseProvider provider)
    {
        await using var world = await DrillWorld.StartAsync(provider, postgres);
        var kept = (await world.Service.EscrowAsync(Owner, world.AccountId, new EscrowKey(world.Identity.RevealText()), Ct)).Value!;
        Assert.True(kept is { EscrowedAt: not null, NextAt: not null, IsDue: false });

        await world.Test.ExecuteAsync("UPDATE drill_setting SET next_at = now_ms()");
        (await world.Engine.Drills.NextAsync(Ct)).EndProven();
        await TestPlan.UntilAsync(world.Test, "SELECT count(*) FROM drill WHERE why = 'schedule' AND state = 'Proven' AND lease_until IS NULL", 1);
        Assert.True((await world.StandingAsync()).NextAt > TimeProvider.System.GetUtcNow());
        AssertNowhere(world);

        Assert.Null((await world.Service.EraseEscrowAsync(Owner, world.AccountId, Ct)).Value!.EscrowedAt);
        Assert.Equal("PrivateKey", (await world.Service.StartAsync(Owner, Session, new StartDrill(world.AccountId), Ct)).Problems.Single().Field);
    }

    [Fact]
    public async Task A_key_that_does_not_open_the_snapshot_is_refused_at_its_field_and_another_owner_finds_nothing()
    {
        await using var world = await DrillWorld.StartAsync(DatabaseProvider.Sqlite, postgres);
        using var other = AgeIdentity.Generate();
        foreach (var wrong in new[] { other.RevealText(), "AGE-SECRET-KEY-1NONE", "  " })
        {
            Assert.Equal("PrivateKey", (await world.Service.StartAsync(Owner, Session, new StartDrill(world.AccountId, wrong), Ct)).Problems.Single().Field);
            Assert.Equal("PrivateKey", (await world.Service.EscrowAsync(Owner, world.AccountId, new EscrowKey(wrong), Ct)).Problems.Single().Field);
        }

        var good = world.Identity.RevealText();
        Assert.Equal(ServiceOutcome.NotFound, (await world.Service.StartAsync("other", Session, new StartDrill(world.AccountId, good), Ct)).Outcome);
        Assert.Equal(ServiceOutcome.NotFound, (await world.Service.EscrowAsync("other", world.AccountId, new EscrowKey(good), Ct)).Outcome);
        Assert.Equal(ServiceOutcome.NotFound, (await world.Service.EraseEscrowAsync("other", world.AccountId, Ct)).Outcome);
        Assert.Equal(ServiceOutcome.NotFound, (await world.Service.GetStandingAsync("other", world.AccountId, Ct)).Outcome);
        Assert.Equal("Every", (await world.Service.ScheduleAsync(Owner, world.AccountId, new SetDrillSchedule(null), Ct)).Problems.Single().Field);
        Assert.Equal(0, await world.Test.SingleAsync<long>("SELECT count(*) FROM drill"));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_drill_that_finds_damage_marks_the_snapshot_and_is_told_by_mail(DatabaseProvider provider)
    {
        await using var mail = SmtpSink.Start();
        await using var world = await DrillWorld.StartAsync(provider, postgres, [.. mail.Settings, ("Migrator:Smtp:To", "owner@example.com")]);
        var asked = (await world.Service.StartAsync(Owner, null, new StartDrill(world.AccountId, world.Identity.RevealText()), Ct)).Value!;
        var begun = await world.Engine.Drills.NextAsync(Ct);
        begun.End(TestDrill.Report(
            begun.Order.Snapshot, DrillOutcome.Faulty, null, new DrillFinding(DrillFindingKind.RecordMissing, "A post is not there.", "app.bsky.feed.post/one")));

        await world.UntilAsync(asked.Id, drill => drill.State == DrillState.Damaged);
        // The snapshot is marked as damaged before the drill is over, and that may be told first.
        var told = await mail.NextAsync("Migrator: backup did not pass its drill", Ct);
        Assert.Contains("A post is not there.", SmtpSink.TextOf(told), StringComparison.Ordinal);
        Assert.Equal(1, await world.Test.SingleAsync<long>("SELECT count(*) FROM drill WHERE state = 'Damaged' AND report IS NOT NULL"));
        var alarms = await world.Engine.Services.GetRequiredService<IBackupService>().ListAlarmsAsync(Owner, true, 10, Ct);
        Assert.Contains(alarms, alarm => alarm.Kind == AlarmKind.DrillDamaged);
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task After_a_restart_a_drill_with_a_kept_key_goes_on_and_its_left_overs_are_swept(DatabaseProvider provider)
    {
        await using var world = await DrillWorld.StartAsync(provider, postgres);
        await world.Service.EscrowAsync(Owner, world.AccountId, new EscrowKey(world.Identity.RevealText()), Ct);
        var asked = (await world.Service.StartAsync(Owner, null, new StartDrill(world.AccountId), Ct)).Value!;
        await world.Engine.Drills.NextAsync(Ct);

        await world.RestartAsync();
        var again = await world.Engine.Drills.NextAsync(Ct);
        Assert.Equal([again.Order.WorkFolder], world.Engine.Drills.Swept);
        again.EndProven();

        Assert.Equal(DrillState.Proven, (await world.UntilAsync(asked.Id, drill => drill.IsOver)).State);
    }

    [Fact]
    public async Task After_a_restart_a_drill_whose_key_was_in_memory_says_so_and_claims_no_damage()
    {
        await using var world = await DrillWorld.StartAsync(DatabaseProvider.Sqlite, postgres);
        var asked = (await world.Service.StartAsync(Owner, null, new StartDrill(world.AccountId, world.Identity.RevealText()), Ct)).Value!;
        await world.Engine.Drills.NextAsync(Ct);

        await world.RestartAsync();

        var over = await world.UntilAsync(asked.Id, drill => drill.IsOver);
        Assert.Equal(DrillState.CouldNotRun, over.State);
        Assert.Contains("in memory only", over.Message, StringComparison.Ordinal);
        Assert.Equal(0, await world.Test.SingleAsync<long>("SELECT count(*) FROM backup_snapshot WHERE damage IS NOT NULL"));
        Assert.Equal(["DrillNotRun"], await world.Test.ListAsync<string>("SELECT kind FROM alarm WHERE ended_at IS NULL"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_vault_that_is_away_or_swapped_is_no_damage(bool swapped)
    {
        await using var world = await DrillWorld.StartAsync(DatabaseProvider.Sqlite, postgres);
        await world.Service.EscrowAsync(Owner, world.AccountId, new EscrowKey(world.Identity.RevealText()), Ct);
        Directory.Move(world.VaultFolder, world.VaultFolder + ".away");
        if (swapped)
            Directory.CreateDirectory(world.VaultFolder);

        var asked = (await world.Service.StartAsync(Owner, null, new StartDrill(world.AccountId), Ct)).Value!;

        var over = await world.UntilAsync(asked.Id, drill => drill.IsOver);
        Assert.Equal(DrillState.CouldNotRun, over.State);
        Assert.Contains("The vault cannot be read now.", over.Message, StringComparison.Ordinal);
        Assert.False(world.Engine.Drills.HasAnother);
        Assert.Equal(0, await world.Test.SingleAsync<long>("SELECT count(*) FROM alarm WHERE kind = 'DrillDamaged'"));
    }

    [Fact]
    public async Task Where_pages_and_work_are_in_different_processes_a_key_in_memory_is_refused_with_the_way_out()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Postgres, postgres);
        var account = (await new Storage.Drills.DrillBooks(test).AddAccountAsync(1)).AccountId;
        await using var web = await TestEngine.StartAsync(test.Options, ("Migrator:Role", "web"));
        await web.Services.GetRequiredService<StorageGate>().WaitAsync(Ct);
        using var key = AgeIdentity.Generate();

        var refused = await web.Services.GetRequiredService<IDrillService>().StartAsync(Owner, null, new StartDrill(account, key.RevealText()), Ct);

        Assert.Equal(ServiceOutcome.Conflict, refused.Outcome);
        Assert.Contains("Keep the key here", refused.Problems.Single().Message, StringComparison.Ordinal);
    }

    /// <summary>The key stands readable in no file of the data folder, which with SQLite is all that is kept.</summary>
    private static void AssertNowhere(DrillWorld world)
    {
        var key = Encoding.ASCII.GetBytes(world.Identity.RevealText());
        foreach (var file in Directory.GetFiles(world.Test.Options.Data, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            Assert.True(Read(file).AsSpan().IndexOf(key) < 0, file);
        }
    }

    /// <summary>Nothing for a file that is gone again, as journals of a database are.</summary>
    private static byte[] Read(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            return copy.ToArray();
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }
}
