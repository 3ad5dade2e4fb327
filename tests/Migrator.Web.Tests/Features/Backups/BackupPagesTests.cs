using System.Net;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Migrations;
using Migrator.Web.Tests.Hosting;
using Xunit;

namespace Migrator.Web.Tests.Features.Backups;

public sealed class BackupPagesTests
{
    [Fact]
    public async Task Home_says_in_one_look_whether_everything_is_backed_up()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var empty = await browser.GetAsync("/");
        Assert.Contains("href=\"/backups/new\"", empty, StringComparison.Ordinal);

        SampleBackups.Fill(program.Backups);
        var home = WebUtility.HtmlDecode(await browser.GetAsync("/"));
        Assert.Contains("One backup is not as it should be", home, StringComparison.Ordinal);
        Assert.Contains("2 accounts have no good backup in time", home.Replace('\u00a0', ' '), StringComparison.Ordinal);
        Assert.Contains("Last good backup", home, StringComparison.Ordinal);
        Assert.Contains("3 hours ago", home, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_wizard_carries_every_answer_to_the_end_and_asks_again_what_was_refused()
    {
        await using var program = await TestProgram.StartAsync();
        SampleBackups.Fill(program.Backups);
        using var browser = await program.SignInAsync();
        var page = await browser.GetAsync("/backups/plans/new");

        page = await StepAsync(browser, page, HttpStatusCode.UnprocessableEntity, ("Name", ""), ("Accounts", ""));
        Assert.Contains("id=\"Name-error\"", page, StringComparison.Ordinal);
        page = await StepAsync(browser, page, HttpStatusCode.OK, ("Name", "Mine"), ("Covers", "accounts"), ("Accounts", "alice.example\nbob.example"));
        page = await StepAsync(browser, page, HttpStatusCode.OK, ("Vaults", "v1"), ("Keys", "k1"));
        page = await StepAsync(browser, page, HttpStatusCode.OK, ("When", "hours"), ("EveryHours", "6"), ("Last", "2"), ("Daily", "9"), ("VerifyEveryDays", "20"), ("GraceMinutes", "60"), ("NotifyEmail", "a@b.example"));
        Assert.Contains("Start backing up", page, StringComparison.Ordinal);

        program.Backups.Answer(nameof(IBackupService.CreatePlanAsync), _ => ServiceResult<PlanView>.Invalid("Accounts[1]", "bob.example leads to no account."));
        page = await StepAsync(browser, page, HttpStatusCode.UnprocessableEntity);
        Assert.Contains("bob.example leads to no account.", page, StringComparison.Ordinal);
        Assert.Contains("part 1 of 4", page, StringComparison.Ordinal);

        var sent = (SavePlan)program.Backups.Calls.Last(call => call.Method == nameof(IBackupService.CreatePlanAsync)).Args[1]!;
        Assert.Equal(["alice.example", "bob.example"], sent.Accounts!);
        Assert.Equal(("v1", "k1", 6, 2, 9), (sent.Vaults!.Single(), sent.Keys!.Single(), sent.Schedule!.EveryHours, sent.Retention!.Last, sent.Retention.Daily));
        Assert.Equal((20, 60, "a@b.example"), (sent.VerifyEveryDays, sent.GraceMinutes, sent.NotifyEmail));
    }

    [Fact]
    public async Task A_made_key_is_shown_once_and_can_be_saved_for_age()
    {
        await using var program = await TestProgram.StartAsync();
        SampleBackups.Fill(program.Backups);
        using var browser = await program.SignInAsync();
        var (_, made, _) = await browser.FillInAsync("/backups/keys/new", "make", ("MadeName", "paper"));
        Assert.Contains(SampleBackups.PrivateKey, made, StringComparison.Ordinal);
        using var kit = await browser.PostAsync(made, "/backups/keys/kit");
        var file = await kit.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal("migrator-backup-key.txt", kit.Content.Headers.ContentDisposition!.FileName);
        Assert.Contains(SampleBackups.PrivateKey, file.Split('\n'));
        Assert.DoesNotContain(program.Logs.Lines, line => line.Contains(SampleBackups.PrivateKey, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_page_of_an_account_has_its_charts_as_tables_too()
    {
        await using var program = await TestProgram.StartAsync();
        SampleBackups.Fill(program.Backups);
        using var browser = await program.SignInAsync();
        var page = await browser.GetAsync("/backups/accounts/alice");
        Assert.Equal(3, page.Split("<svg").Length - 1);
        Assert.Equal(2, page.Split("The same as a table").Length - 1);
        Assert.DoesNotContain(" style=", page, StringComparison.Ordinal);
        var preview = await browser.GetAsync("/backups/accounts/alice/retention?daily=2");
        Assert.Contains("Would go: 1", preview, StringComparison.Ordinal);
        var asked = (RetentionInput?)program.Backups.Calls.Last(call => call.Method == nameof(IBackupService.PreviewRetentionAsync)).Args[2];
        Assert.Equal(2, asked!.Daily);
    }

    [Fact]
    public async Task A_sealed_snapshot_shows_nothing_and_gives_no_file_without_the_key()
    {
        await using var program = await TestProgram.StartAsync();
        SampleBackups.Fill(program.Backups);
        using var browser = await program.SignInAsync();
        foreach (var file in new[] { "repo.car", "record.json?path=a/b", "preferences.json", $"blob/{Sample.Cid}" })
        {
            using var answer = await browser.Client.GetAsync($"/backups/snapshots/s1/{file}", TestContext.Current.CancellationToken);
            Assert.Equal("/backups/snapshots/s1", browser.PathOf(answer));
        }

        var (status, text, _) = await browser.FillInAsync("/backups/snapshots/s1", "key", ("PrivateKey", "AGE-SECRET-KEY-1NOT"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.DoesNotContain("AGE-SECRET-KEY-1NOT", text, StringComparison.Ordinal);
        Assert.DoesNotContain(program.Logs.Lines, line => line.Contains("AGE-SECRET-KEY-1NOT", StringComparison.Ordinal));
        using var stranger = program.OpenBrowser();
        using var refused = await stranger.Client.GetAsync("/backups/snapshots/s1/repo.car", TestContext.Current.CancellationToken);
        Assert.Equal("/enter", stranger.PathOf(refused));
    }

    private static async Task<string> StepAsync(TestBrowser browser, string page, HttpStatusCode expected, params (string, string)[] fields)
    {
        using var answer = await browser.PostAsync(page, "plan", [.. fields, ("Go", "on")]);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(expected == answer.StatusCode, text);
        return text;
    }
}
