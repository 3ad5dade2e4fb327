using System.Net;
using System.Text.RegularExpressions;
using Migrator.Core.Migrations;
using Migrator.Web.Tests.Hosting;

namespace Migrator.Web.Tests.Features.Move;

public sealed partial class PagesRenderTests
{
    private static readonly string[] Pages =
    [
        "", "/destination", "/sign-in-old", "/sign-in-new", "/account", "/recovery-key", "/recovery-key/proof", "/check", "/missing-files", "/cut-over",
        "/code", "/way-back", "/report", "/cancel",
    ];

    public static TheoryData<MigrationState> States => new(Enum.GetValues<MigrationState>());

    public static TheoryData<HoldCause> Causes => new(Enum.GetValues<HoldCause>());

    [Theory]
    [MemberData(nameof(States))]
    public async Task Every_page_can_be_read_in_every_state(MigrationState state)
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var id = program.Migrations.Put(Sample.InState(state));
        foreach (var page in Pages)
            CheckMarkup(await browser.GetAsync($"/move/{id}{page}"), page);
        CheckMarkup(await browser.GetAsync("/"), "home");
        CheckMarkup(await browser.GetAsync("/operations"), "operations");
    }

    [Theory]
    [MemberData(nameof(Causes))]
    public async Task Every_hold_is_explained_and_its_button_leads_somewhere(HoldCause cause)
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var view = Sample.Held(cause);
        var id = program.Migrations.Put(view);
        var page = await browser.GetAsync($"/move/{id}");
        CheckMarkup(page, cause.ToString());
        Assert.Contains(view.Hold!.Message, page);
        Assert.Contains(view.Hold.WhatIsSafe, page);
        Assert.Contains(view.Hold.WhatToDo, page);
        Assert.Contains("detail two", page);

        var links = Links().Matches(page).Select(link => link.Groups[1].Value).Where(link => link.StartsWith($"/move/{id}/", StringComparison.Ordinal)).Distinct().ToList();
        foreach (var link in links)
            Assert.DoesNotContain("See where it stands", await browser.GetAsync(link));
        Assert.True(
            links.Any(link => !link.EndsWith("/cancel", StringComparison.Ordinal)) || page.Contains("value=\"resume\""), "nothing on the page ends the hold");
    }

    [Fact]
    public async Task A_running_migration_reloads_by_itself_without_scripts()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        Assert.Contains("<noscript><meta http-equiv=\"refresh\"", await browser.GetAsync($"/move/{program.Migrations.Put(Sample.Copying())}"));
        Assert.Contains("<noscript><meta http-equiv=\"refresh\"", await browser.GetAsync($"/move/{program.Migrations.Put(Sample.Held(HoldCause.Waiting))}"));
        Assert.Contains("<noscript><meta http-equiv=\"refresh\"", await browser.GetAsync($"/move/{program.Migrations.Put(Sample.Held(HoldCause.PlcCode))}"));
        Assert.DoesNotContain("http-equiv=\"refresh\"", await browser.GetAsync($"/move/{program.Migrations.Put(Sample.Draft())}"));
        Assert.DoesNotContain("http-equiv=\"refresh\"", await browser.GetAsync($"/move/{program.Migrations.Put(Sample.Ended(MigrationState.Completed))}"));
    }

    [Fact]
    public async Task An_answer_that_is_not_taken_up_yet_is_not_asked_for_again()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var view = Sample.Held(HoldCause.Go);
        var page = await browser.GetAsync($"/move/{program.Migrations.Put(view with { Can = view.Can with { Go = false } })}");
        Assert.Contains("Your answer is taken", page);
        Assert.DoesNotContain(view.Hold!.WhatToDo, page);
    }

    [Fact]
    public async Task Progress_is_told_in_numbers_and_in_the_title()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var page = WebUtility.HtmlDecode(await browser.GetAsync($"/move/{program.Migrations.Put(Sample.Copying())}"));
        Assert.Contains("412 of 1\u202f280 files · 1.3 GB of 4.1 GB · about 6 minutes left", page);
        Assert.Contains("<title>31% Copying · @alice.old.example - Migrator</title>", page);
        Assert.Contains("<progress max=\"100\" value=\"31\"", page);
    }

    [Fact]
    public async Task The_report_names_what_differs_and_can_be_saved()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        program.Migrations.Report = Sample.Report();
        var id = program.Migrations.Put(Sample.Ended(MigrationState.CompletedWithRemarks));
        var page = WebUtility.HtmlDecode(await browser.GetAsync($"/move/{id}/report"));
        CheckMarkup(page, "report");
        foreach (var part in new[] { "Differs", "12\u202f344", "app.bsky.feed.post/3kabc", "app.bsky.feed.post/3kxyz", "accepted by you", "The relay: not yet", "14\u00a0settings compared: equal" })
            Assert.Contains(part, page);
        using var file = await browser.Client.GetAsync($"/move/{id}/report.json", TestContext.Current.CancellationToken);
        Assert.Equal("attachment", file.Content.Headers.ContentDisposition?.DispositionType);
        Assert.Contains("app.bsky.feed.post/3kabc", await file.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_unknown_migration_is_404_on_every_page()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        foreach (var page in Pages.Append("/report.json"))
        {
            using var answer = await browser.Client.GetAsync($"/move/0123456789abcdef0123456789abcdef{page}", TestContext.Current.CancellationToken);
            Assert.True(answer.StatusCode == HttpStatusCode.NotFound, $"{page}: {answer.StatusCode}\n{string.Join('\n', program.Logs.Lines.Where(line => line.StartsWith("Error")))}");
            Assert.Contains("There is nothing here", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task Looking_at_every_page_changes_nothing()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        foreach (var state in Enum.GetValues<MigrationState>())
            program.Migrations.Put(Sample.InState(state));
        foreach (var cause in Enum.GetValues<HoldCause>())
            program.Migrations.Put(Sample.Held(cause));
        var seen = new HashSet<string>();
        var open = new Queue<string>(["/", "/settings", "/help", "/enter"]);
        while (open.TryDequeue(out var path))
        {
            if (!seen.Add(path) || path.StartsWith("/assets/", StringComparison.Ordinal))
                continue;
            using var answer = await browser.Client.GetAsync(path, TestContext.Current.CancellationToken);
            foreach (Match link in Links().Matches(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)))
                open.Enqueue(WebUtility.HtmlDecode(link.Groups[1].Value));
        }

        Assert.True(seen.Count > 60, $"only {seen.Count} pages were found");
        Assert.Empty(program.Migrations.Commands);
        await browser.GetAsync("/");
    }

    /// <summary>What holds for every page: one h1, a title, no inline script or style, ids given once, every input with a label.</summary>
    private static void CheckMarkup(string page, string name)
    {
        Assert.True(Regex.Count(page, "<h1") == 1, $"{name}: one h1");
        Assert.Matches("<title>[^<]+</title>", page);
        Assert.DoesNotMatch("<script(?![^>]*src=)", page);
        Assert.DoesNotMatch("<[^>]+ (style|on[a-z]+)=", page);
        Assert.DoesNotContain("<style", page);
        Assert.DoesNotContain("<!--Blazor", page);
        var ids = Regex.Matches(page, " id=\"([^\"]+)\"").Select(id => id.Groups[1].Value).ToList();
        Assert.Equal(ids.Distinct().Order(), ids.Order());
        foreach (Match input in Regex.Matches(page, "<(?:input|textarea)[^>]*id=\"([^\"]+)\"[^>]*>"))
            Assert.True(page.Contains($"for=\"{input.Groups[1].Value}\"") || Regex.IsMatch(page, "<label class=\"check\"><input[^>]*id=\"" + input.Groups[1].Value), $"{name}: label for {input.Value}");
    }

    [GeneratedRegex("href=\"(/[^\"#]*)")]
    private static partial Regex Links();
}
