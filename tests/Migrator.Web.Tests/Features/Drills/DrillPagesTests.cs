using System.Net;
using Migrator.Core.Drills;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Drills;
using Migrator.Jobs.Migrations;
using Migrator.Web.Tests.Hosting;
using Xunit;

namespace Migrator.Web.Tests.Features.Drills;

public sealed class DrillPagesTests
{
    private const string Key = "AGE-SECRET-KEY-1MARKED";

    [Fact]
    public async Task Home_and_the_accounts_page_say_when_a_restore_was_last_proven_and_how()
    {
        await using var program = await TestProgram.StartAsync();
        SampleBackups.Fill(program.Backups);
        using var browser = await program.SignInAsync();

        SampleDrills.Fill(program.Drills, SampleDrills.Standing(SampleDrills.Drill("d1", DrillState.Proven)));
        foreach (var page in new[] { "/", "/backups/accounts/alice", "/drills/accounts/alice", "/drills" })
            Assert.Contains("100 % (222 records, 31 files), in a sandbox server", await TextAsync(browser, page), StringComparison.Ordinal);
        Assert.Contains("2 days ago", await TextAsync(browser, "/"), StringComparison.Ordinal);

        SampleDrills.Fill(program.Drills, SampleDrills.Standing(SampleDrills.Drill("d1", DrillState.Proven, DrillDepth.Files)));
        Assert.Contains("read and proven without a server: Node.js is not there.", await TextAsync(browser, "/"), StringComparison.Ordinal);

        SampleDrills.Fill(program.Drills, SampleDrills.Standing(isDue: true));
        var never = await TextAsync(browser, "/");
        Assert.Contains("Last proven restore: never", never, StringComparison.Ordinal);
        Assert.Contains("give the key to run it", never, StringComparison.Ordinal);

        SampleDrills.Fill(program.Drills, SampleDrills.Standing(last: SampleDrills.Drill("d2", DrillState.Damaged)));
        Assert.Contains("damage found", await TextAsync(browser, "/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Home_tells_a_drill_that_was_not_made_from_a_backup_that_is_not_good()
    {
        await using var program = await TestProgram.StartAsync();
        SampleBackups.Fill(program.Backups);
        using var browser = await program.SignInAsync();
        foreach (var (kind, words) in new[] { (AlarmKind.DrillNotRun, "A restore for practice was not made."), (AlarmKind.DrillDamaged, "One backup is not as it should be.") })
        {
            program.Backups.Answer(nameof(IBackupService.GetOverviewAsync), _ => new BackupOverview(
                new AccountCounts(5, 5, 0, 0, 0, 0), [SampleBackups.Alarm() with { Kind = kind }], null, 0, []));
            Assert.Contains(words, await TextAsync(browser, "/"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_drill_is_begun_with_the_key_typed_there_which_comes_back_in_no_page_or_log()
    {
        await using var program = await TestProgram.StartAsync();
        SampleDrills.Fill(program.Drills, SampleDrills.Standing());
        using var browser = await program.SignInAsync();
        program.Drills.Answer(nameof(IDrillService.StartAsync), _ => ServiceResult<DrillView>.Invalid("PrivateKey", "This key does not open the newest snapshot."));
        var (status, text, _) = await browser.FillInAsync("/drills/accounts/alice", "start", ("PrivateKey", Key));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("id=\"PrivateKey-error\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, text, StringComparison.Ordinal);

        program.Drills.Answer(nameof(IDrillService.StartAsync), _ => ServiceResult<DrillView>.Ok(SampleDrills.Drill("d7", DrillState.Queued)));
        var (_, _, location) = await browser.FillInAsync("/drills/accounts/alice", "start", ("PrivateKey", Key));
        Assert.Equal("/drills/d7", location);
        var asked = program.Drills.Calls.Last(call => call.Method == nameof(IDrillService.StartAsync));
        Assert.Equal(("alice", Key), (((StartDrill)asked.Args[2]!).Account, ((StartDrill)asked.Args[2]!).PrivateKey));
        Assert.NotEmpty((string)asked.Args[1]!);
        Assert.DoesNotContain(program.Logs.Lines, line => line.Contains(Key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_page_of_the_key_says_what_each_way_means_and_keeps_or_erases()
    {
        await using var program = await TestProgram.StartAsync();
        SampleDrills.Fill(program.Drills, SampleDrills.Standing(kept: true));
        using var browser = await program.SignInAsync();
        var page = await TextAsync(browser, "/drills/accounts/alice/key");
        Assert.Contains("whoever takes over this machine", page, StringComparison.Ordinal);
        Assert.Contains("no drill begins by itself", page, StringComparison.Ordinal);

        program.Drills.Answer(nameof(IDrillService.EscrowAsync), _ => ServiceResult<DrillStanding>.Ok(SampleDrills.Standing(kept: true)));
        var (_, _, kept) = await browser.FillInAsync("/drills/accounts/alice/key", "keep", ("PrivateKey", Key));
        Assert.Equal("/drills/accounts/alice", kept);
        Assert.Equal(Key, ((EscrowKey)program.Drills.Calls.Last(call => call.Method == nameof(IDrillService.EscrowAsync)).Args[2]!).PrivateKey);
        program.Drills.Answer(nameof(IDrillService.EraseEscrowAsync), _ => ServiceResult<DrillStanding>.Ok(SampleDrills.Standing()));
        var (_, _, erased) = await browser.FillInAsync("/drills/accounts/alice/key", "erase");
        Assert.Equal("/drills/accounts/alice/key", erased);
        program.Drills.Answer(nameof(IDrillService.ScheduleAsync), _ => ServiceResult<DrillStanding>.Ok(SampleDrills.Standing()));
        await browser.FillInAsync("/drills/accounts/alice", "every", ("Every", "Monthly"));
        Assert.Equal(DrillEvery.Monthly, ((SetDrillSchedule)program.Drills.Calls.Last(call => call.Method == nameof(IDrillService.ScheduleAsync)).Args[2]!).Every);
        Assert.DoesNotContain(program.Logs.Lines, line => line.Contains(Key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_drill_that_runs_is_looked_at_again_without_scripts_too_and_one_that_is_over_shows_what_is_wrong()
    {
        await using var program = await TestProgram.StartAsync();
        SampleDrills.Fill(program.Drills, SampleDrills.Standing());
        using var browser = await program.SignInAsync();
        var running = await browser.GetAsync("/drills/running");
        Assert.Contains("http-equiv=\"refresh\"", running, StringComparison.Ordinal);
        Assert.Contains("Copying files", running, StringComparison.Ordinal);
        Assert.Contains("value=\"12\"", running, StringComparison.Ordinal);

        var damaged = await browser.GetAsync("/drills/damaged");
        Assert.DoesNotContain("http-equiv=\"refresh\"", damaged, StringComparison.Ordinal);
        Assert.Contains("app.bsky.feed.post/3lbkxyzabc22a", damaged, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;bold", damaged, StringComparison.Ordinal);
        await browser.GetAsync("/drills/accounts/nothing");
        program.Drills.Answer(nameof(IDrillService.GetAsync), _ => ServiceResult<DrillView>.NotFound("There is no such drill."));
        await browser.GetAsync("/drills/nothing", HttpStatusCode.NotFound);
    }

    private static async Task<string> TextAsync(TestBrowser browser, string page) =>
        WebUtility.HtmlDecode(System.Text.RegularExpressions.Regex.Replace(await browser.GetAsync(page), "<[^>]*>", "")).Replace('\u00a0', ' ');
}
