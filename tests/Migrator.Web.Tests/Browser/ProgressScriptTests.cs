using Microsoft.Playwright;
using Migrator.Core.Migrations;
using Migrator.Web.Tests.Hosting;

namespace Migrator.Web.Tests.Browser;

public sealed class ProgressScriptTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Fact]
    public async Task The_link_signs_in_by_itself_and_leaves_no_trace_in_the_address()
    {
        await using var program = await TestProgram.StartAsync();
        await using var context = await chromium.OpenAsync(program.Address);
        var page = await context.NewPageAsync();
        await page.GotoAsync((await program.NewLinkAsync()).Address);
        await page.WaitForURLAsync(program.Address.ToString());
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "What do you want to do?" })).ToBeVisibleAsync();
        await page.GoBackAsync();
        Assert.DoesNotContain("#", page.Url);
    }

    [Fact]
    public async Task Without_scripts_the_code_is_pasted()
    {
        await using var program = await TestProgram.StartAsync();
        await using var context = await chromium.OpenAsync(program.Address, scripts: false);
        var page = await context.NewPageAsync();
        var link = await program.NewLinkAsync();
        await page.GotoAsync(link.Address);
        await page.GetByLabel("One-time code").FillAsync(link.Token);
        await page.GetByRole(AriaRole.Button, new() { Name = "Come in" }).ClickAsync();
        await page.WaitForURLAsync(program.Address.ToString());
    }

    [Fact]
    public async Task The_page_follows_the_migration_keeps_focus_and_open_details_and_breaks_no_policy()
    {
        await using var program = await TestProgram.StartAsync();
        await using var context = await chromium.OpenAsync(program.Address);
        var page = await context.NewPageAsync();
        var complaints = new List<string>();
        page.Console += (_, message) => complaints.Add(message.Text);
        page.PageError += (_, error) => complaints.Add(error);
        await page.GotoAsync((await program.NewLinkAsync()).Address);
        await page.WaitForURLAsync(program.Address.ToString());
        var view = Sample.Copying();
        await page.GotoAsync($"/move/{program.Migrations.Put(view)}");
        await Assertions.Expect(page.Locator(".numbers", new() { HasText = "412 of" })).ToBeVisibleAsync();
        await page.GetByText("Records by kind").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).FocusAsync();

        program.Migrations.Put(view with { Version = "8", Live = view.Live! with { Done = 777, At = view.Live.At.AddSeconds(5) } });
        await Assertions.Expect(page.Locator(".numbers", new() { HasText = "777 of" })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Pause" })).ToBeFocusedAsync();
        await Assertions.Expect(page.GetByText("app.bsky.feed.like")).ToBeVisibleAsync();

        program.Migrations.Put(Sample.Ended(MigrationState.Completed) with { Id = view.Id, Version = "9" });
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Moved. Nothing was lost." })).ToBeVisibleAsync();
        await Assertions.Expect(page).ToHaveTitleAsync(new System.Text.RegularExpressions.Regex("^Moved"));
        Assert.Empty(complaints);
    }

    [Fact]
    public async Task An_error_takes_the_focus_to_the_summary_and_its_link_to_the_field()
    {
        await using var program = await TestProgram.StartAsync();
        await using var context = await chromium.OpenAsync(program.Address);
        var page = await context.NewPageAsync();
        await page.GotoAsync((await program.NewLinkAsync()).Address);
        await page.WaitForURLAsync(program.Address.ToString());
        program.Migrations.Answer = Jobs.Migrations.ServiceResult<Jobs.Migrations.MigrationView>.Invalid("Account", "Enter a handle.");
        await page.GotoAsync("/move/new");
        await page.GetByRole(AriaRole.Button, new() { Name = "Look it up" }).ClickAsync();
        await Assertions.Expect(page.Locator(".error-summary")).ToBeFocusedAsync();
        await page.Locator(".error-summary a").ClickAsync();
        await Assertions.Expect(page.GetByLabel("Handle or DID")).ToBeFocusedAsync();
    }
}
