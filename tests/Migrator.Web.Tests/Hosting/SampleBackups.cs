using Migrator.Jobs.Backups;
using Migrator.Jobs.Migrations;

namespace Migrator.Web.Tests.Hosting;

/// <summary>Backups in several states, as the service would show them.</summary>
public static class SampleBackups
{
    public const string Recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    public const string PrivateKey = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";

    private static readonly DateTimeOffset Now = Sample.Now;

    public static BackupAccountItem Account(string id, BackupHealth health, string? message = null) => new(
        id, Sample.Did, $"{id}.some-subdomain.example", "pds.example.com", "p1", "My accounts", health, message,
        health == BackupHealth.New ? null : Now.AddHours(health == BackupHealth.Good ? -3 : -50), Now.AddDays(-2), Now.AddHours(21),
        health == BackupHealth.Waiting ? Now.AddMinutes(20) : null, 12, 4_200_000_000,
        new VerificationState(30, Now.AddDays(-11), 4_000_000_000, 4_200_000_000, health == BackupHealth.Damaged ? 1 : 0, Now.AddHours(-5)), true,
        health is BackupHealth.Late or BackupHealth.Damaged ? 1 : 0);

    public static IReadOnlyList<BackupAccountItem> Accounts() =>
    [
        Account("alice", BackupHealth.Good), Account("bob", BackupHealth.Late, "The old server has not answered since Friday. Nothing that is stored is lost; it is tried again by itself."),
        Account("carol", BackupHealth.Damaged, "A stored object was changed."), Account("dave", BackupHealth.Waiting, "pds.example.com asks to wait."), Account("eve", BackupHealth.New),
    ];

    public static AlarmView Alarm() => new(
        "a1", AlarmKind.Late, "bob", "bob.some-subdomain.example", "p1", "My accounts", "No good backup since Friday. Look at its page.", Now.AddHours(-30), null, 1, null);

    public static PlanView Plan(PlanState state = PlanState.Active) => new(
        "p1", "My accounts", state, "accounts", null, new ScheduleView(24, null, "UTC", 10, "every 24 hours"), new RetentionView(3, 0, 7, 5, 12, 3), 30, 120,
        "me@example.com", true, [new NamedItem("v1", "Disk in the cellar")], [new NamedItem("k1", "paper in the drawer")], new AccountCounts(5, 2, 0, 1, 2, 0), 1,
        Now.AddHours(21), Now.AddHours(-3), null, null, Now.AddDays(-90));

    public static VaultView Vault() => new(
        "v1", "Disk in the cellar", "file", "/srv/backups/migrator", 1204, 4_200_000_000, 5, ["My accounts"], Trial(true), Now.AddDays(-90));

    public static VaultTrialView Trial(bool works) => new(works, works ? "Written, read back, listed and deleted." : "The folder cannot be written: permission denied.", works, false, Now.AddMinutes(-2));

    public static BackupKeyView Key(bool usable = true) => new(
        "k1", "paper in the drawer", Recipient, true, usable, usable ? Now.AddDays(-80) : null, usable ? ["My accounts"] : [], Now.AddDays(-90));

    public static SnapshotView Snapshot(int number, SnapshotStanding standing = SnapshotStanding.Good, bool pinned = false) => new(
        $"s{number}", "alice", "v1", "Disk in the cellar", $"accounts/a/snapshots/{number}.age", Now.AddDays(-7 * number), "3lbkxyzabc22a", Sample.Cid, "pds.example.com",
        12_345 - number, 1280, number == 2 ? 1 : 0, 4_200_000_000, 1_200_000 * number, true, standing, standing == SnapshotStanding.Damaged ? "An object is missing in the vault." : null,
        number % 2 == 0 ? VerifiedDepth.Stored : VerifiedDepth.Written, number % 2 == 0 ? Now.AddDays(-1) : null, pinned);

    public static IReadOnlyList<SnapshotView> Snapshots() =>
        [Snapshot(1), Snapshot(2), Snapshot(3, SnapshotStanding.Damaged), Snapshot(4, pinned: true), Snapshot(5), Snapshot(9)];

    public static BackupAccountView AccountView(BackupHealth health = BackupHealth.Good) => new(
        Account("alice", health, health == BackupHealth.Good ? null : "Something has to be done."),
        [
            new BackupRunView("r1", "schedule", BackupRunOutcome.Unchanged, Now.AddHours(-3), Now.AddHours(-3).AddSeconds(1), null, 0, 0, null),
            new BackupRunView("r2", "person", BackupRunOutcome.Failed, Now.AddDays(-1), Now.AddDays(-1).AddMinutes(1), "The server did not answer.", 0, 0, null),
            new BackupRunView("r3", "first", BackupRunOutcome.Stored, Now.AddDays(-7), Now.AddDays(-7).AddMinutes(9), null, 1_200_000, 40, "s1"),
        ],
        [.. Enumerable.Range(0, 80).Where(day => day % 9 != 4).Reverse().Select(day => new BackupDay(
            DateOnly.FromDateTime(Now.AddDays(-day).UtcDateTime), day % 7 == 0 ? 1 : 0, day % 7 == 0 || day % 11 == 3 ? 0 : 1, day % 11 == 3 ? 2 : 0, day % 23 == 5))],
        [.. Snapshots().Reverse().Select(snapshot => new GrowthPoint(
            snapshot.TakenAt, snapshot.VaultName, snapshot.Records, snapshot.Blobs, 4_200_000_000 - (long)(Now - snapshot.TakenAt).TotalDays * 20_000_000, snapshot.NewBytes))],
        health == BackupHealth.Good ? [] : [Alarm()], health == BackupHealth.Good ? null : "Half of the records are gone at once; nothing is deleted until you say that it is right.");

    /// <summary>Makes the service answer all of the above.</summary>
    public static void Fill(TestBackups backups)
    {
        backups.Answer(nameof(IBackupService.ListAccountsAsync), _ => Accounts());
        backups.Answer(nameof(IBackupService.ListPlansAsync), _ => (IReadOnlyList<PlanView>)[Plan()]);
        backups.Answer(nameof(IBackupService.ListAlarmsAsync), _ => (IReadOnlyList<AlarmView>)[Alarm()]);
        backups.Answer(nameof(IBackupService.ListVaultsAsync), _ => (IReadOnlyList<VaultView>)[Vault(), Vault() with { Id = "v2", Name = "Bucket", Trial = Trial(false), PlanNames = [] }]);
        backups.Answer(nameof(IBackupService.ListKeysAsync), _ => (IReadOnlyList<BackupKeyView>)[Key(), Key(false) with { Id = "k2", Name = "new one" }]);
        backups.Answer(nameof(IBackupService.GetKeyAsync), _ => ServiceResult<BackupKeyView>.Ok(Key()));
        backups.Answer(nameof(IBackupService.MakeKeyAsync), _ => ServiceResult<BackupKeyKit>.Ok(new BackupKeyKit(Key(false), PrivateKey)));
        backups.Answer(nameof(IBackupService.GetPlanAsync), _ => ServiceResult<PlanView>.Ok(Plan()));
        backups.Answer(nameof(IBackupService.PreviewScheduleAsync), _ => ServiceResult<SchedulePreview>.Ok(new SchedulePreview("every 24 hours", [Now.AddHours(1), Now.AddHours(25)])));
        backups.Answer(nameof(IBackupService.GetAccountAsync), args => ServiceResult<BackupAccountView>.Ok(AccountView((string)args[1]! == "alice" ? BackupHealth.Good : BackupHealth.NeedsYou)));
        backups.Answer(nameof(IBackupService.ListSnapshotsAsync), _ => Snapshots());
        backups.Answer(nameof(IBackupService.GetSnapshotAsync), args => ServiceResult<SnapshotView>.Ok(Snapshot(1) with { Id = (string)args[1]! }));
        backups.Answer(nameof(IBackupService.PreviewRetentionAsync), _ => ServiceResult<RetentionPreview>.Ok(new RetentionPreview(
            [new RetentionLine(Snapshot(1), ["last", "daily"]), new RetentionLine(Snapshot(4, pinned: true), ["pinned"])], [new RetentionLine(Snapshot(5), [])], 42_000_000, null)));
        backups.Answer(nameof(IBackupService.GetOverviewAsync), _ => new BackupOverview(new AccountCounts(5, 2, 0, 1, 2, 0), [Alarm()], Now.AddHours(-50), 4_200_000_000, Accounts()));
    }
}
