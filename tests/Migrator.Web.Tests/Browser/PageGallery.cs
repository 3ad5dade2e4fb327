using Migrator.Core.Drills;
using Migrator.Core.Migrations;
using Migrator.Jobs.Drills;
using Migrator.Jobs.Returns;
using Migrator.Web.Tests.Hosting;

namespace Migrator.Web.Tests.Browser;

/// <summary>Every kind of page there is, each with a name and an address.</summary>
internal static class PageGallery
{
    public static IReadOnlyList<(string Name, string Path)> Fill(TestProgram program)
    {
        program.Migrations.Report = Sample.Report();
        program.Migrations.Kit = Sample.Kit();
        var empty = program.Migrations.Put(Sample.Draft(answered: false));
        var draft = program.Migrations.Put(Sample.Draft(handle: "a-quite-long-name-that-some-people-have.some-subdomain.example"));
        var go = program.Migrations.Put(Sample.Held(HoldCause.Go));
        var blobs = program.Migrations.Put(Sample.Held(HoldCause.MissingBlobs));
        var code = program.Migrations.Put(Sample.Held(HoldCause.PlcCode));
        var done = program.Migrations.Put(Sample.Ended(MigrationState.Completed));
        var check = program.Checks.Put(SampleCheck.Done("a-quite-long-name-that-some-people-have.some-subdomain.example"));
        var running = program.Checks.Put(SampleCheck.Running());
        List<(string, string)> pages =
        [
            ("doctor", "/doctor"), ("doctor-result", $"/doctor/{check}"), ("doctor-running", $"/doctor/{running}"), ("doctor-file", "/doctor?file=none"),
            ("report-filtered", $"/move/{done}/report?what=missing&q=3k"),
            ("home", "/"), ("new", "/move/new"), ("draft-empty", $"/move/{empty}"), ("draft", $"/move/{draft}"), ("destination", $"/move/{draft}/destination"),
            ("sign-in-old", $"/move/{draft}/sign-in-old"), ("sign-in-new", $"/move/{program.Migrations.Put(Sample.Held(HoldCause.TargetSignIn))}/sign-in-new"),
            ("account", $"/move/{draft}/account"), ("recovery-key-none", $"/move/{empty}/recovery-key"), ("recovery-key", $"/move/{draft}/recovery-key"),
            ("check", $"/move/{draft}/check"), ("copying", $"/move/{program.Migrations.Put(Sample.Copying())}"),
            ("missing-files", $"/move/{blobs}/missing-files"), ("cut-over", $"/move/{go}/cut-over"), ("code", $"/move/{code}/code"),
            ("way-back", $"/move/{done}/way-back"), ("report", $"/move/{done}/report"), ("cancel", $"/move/{go}/cancel"),
            ("operations", "/operations"), ("settings", "/settings"), ("help", "/help"), ("not-found", "/nothing"), ("enter", "/enter"),
            .. Enum.GetValues<MigrationState>().Where(state => state.IsFinal()).Select(state => ($"end-{state}", $"/move/{program.Migrations.Put(Sample.Ended(state))}")),
            .. new[] { HoldCause.Waiting, HoldCause.PausedByUser, HoldCause.Go, HoldCause.Parity, HoldCause.MissingBlobs }
                .Select(cause => ($"hold-{cause}", $"/move/{program.Migrations.Put(Sample.Held(cause))}")),
        ];
        pages.AddRange(Restores(program));
        return pages;
    }

    private static IEnumerable<(string, string)> Restores(TestProgram program)
    {
        var draft = program.Migrations.Put(RestoreSample.Draft());
        yield return ("restore-new", "/restore/new");
        yield return ("restore-draft-empty", $"/move/{program.Migrations.Put(RestoreSample.Draft(answered: false))}");
        yield return ("restore-draft", $"/move/{draft}");
        foreach (var page in new[] { "sources", "key", "old-server", "check" })
            yield return ($"restore-{page}", $"/restore/{draft}/{page}");
        foreach (var (cause, page) in new[] { (HoldCause.Go, "go"), (HoldCause.IdentityLog, "log"), (HoldCause.SignElsewhere, "sign"), (HoldCause.TargetAccount, "release") })
        {
            var held = program.Migrations.Put(RestoreSample.Held(cause));
            yield return ($"restore-hold-{cause}", $"/move/{held}");
            yield return ($"restore-{page}", $"/restore/{held}/{page}");
        }

        foreach (var state in new[] { MigrationState.Completed, MigrationState.CompletedWithRemarks, MigrationState.Undone, MigrationState.Cancelled, MigrationState.Failed })
            yield return ($"restore-end-{state}", $"/move/{program.Migrations.Put(RestoreSample.Ended(state))}");
    }

    /// <summary>The pages of backups before there is anything to show.</summary>
    public static readonly IReadOnlyList<(string Name, string Path)> EmptyBackups =
        [("home-empty", "/"), ("backups-empty", "/backups"), ("backups-set-up-empty", "/backups/new"), ("backups-plan-too-early", "/backups/plans/new")];

    public static IReadOnlyList<(string Name, string Path)> FillBackups(TestProgram program)
    {
        SampleBackups.Fill(program.Backups);
        (string Name, string Path)[] pages =
        [
            ("backups", ""), ("backups-set-up", "/new"), ("backups-places", "/places"), ("backups-place-new", "/places/new"), ("backups-keys", "/keys"),
            ("backups-key-new", "/keys/new"), ("backups-key-proof", "/keys/k1/proof"), ("backups-plan-new", "/plans/new"), ("backups-plan", "/plans/p1"),
            ("backups-account", "/accounts/alice"), ("backups-account-trouble", "/accounts/bob"), ("backups-retention", "/accounts/alice/retention"),
            ("backups-sign-in", "/accounts/alice/sign-in"), ("backups-snapshot", "/snapshots/s1"), ("backups-compare", "/compare?from=s2&to=s1"),
        ];
        SampleDrills.Fill(program.Drills, SampleDrills.Standing(SampleDrills.Drill("files", DrillState.Proven, DrillDepth.Files), isDue: true));
        (string Name, string Path)[] drills =
        [
            ("drills", ""), ("drills-account", "/accounts/alice"), ("drills-key", "/accounts/alice/key"), ("drill-running", "/running"), ("drill-queued", "/queued"),
            ("drill-proven", "/d1"), ("drill-files", "/files"), ("drill-damaged", "/damaged"), ("drill-none", "/none"),
        ];
        ReturnView[] returns =
        [
            SampleReturns.Looking(), SampleReturns.Waiting(), SampleReturns.Writing(), SampleReturns.Ready(), SampleReturns.Nothing(), SampleReturns.Done(),
            SampleReturns.Remarks(), SampleReturns.Failed(), SampleReturns.Stopped(),
            SampleReturns.CutOff(),
        ];
        return
        [
            ("home-backups", "/"), .. pages.Select(page => (page.Name, "/backups" + page.Path)), ("return-choose", "/backups/snapshots/s1/bring-back"),
            .. drills.Select(page => (page.Name, "/drills" + page.Path)),
            .. returns.Select(view => ($"return-{view.Id}", $"/backups/returns/{program.Returns.Put(view)}")),
        ];
    }
}
