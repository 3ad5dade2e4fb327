using Microsoft.Playwright;
using Migrator.Web.Tests.Hosting;

namespace Migrator.Web.Tests.Browser;

/// <summary>Pictures of every page for people to look at: written where MIGRATOR_SCREENSHOTS names a folder.</summary>
public sealed class ScreenshotTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Theory]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(1280, ColorScheme.Dark)]
    [InlineData(320, ColorScheme.Light)]
    [InlineData(320, ColorScheme.Dark)]
    public async Task Every_page_has_its_picture(int width, ColorScheme scheme)
    {
        var folder = Environment.GetEnvironmentVariable("MIGRATOR_SCREENSHOTS");
        Assert.SkipWhen(string.IsNullOrEmpty(folder), "MIGRATOR_SCREENSHOTS names no folder.");
        await using var program = await TestProgram.StartAsync();
        await using var context = await chromium.OpenAsync(program.Address, width, scheme);
        var page = await context.NewPageAsync();
        await page.GotoAsync((await program.NewLinkAsync()).Address);
        await page.WaitForURLAsync(program.Address.ToString());
        foreach (var (name, path) in PageGallery.Fill(program))
        {
            await page.GotoAsync(path);
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"{width}-{scheme}-{name}.png"), FullPage = true });
        }

        await page.GotoAsync(PageGallery.Fill(program).First(one => one.Name == "recovery-key-none").Path);
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a recovery key" }).ClickAsync();
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"{width}-{scheme}-kit.png"), FullPage = true });
        program.Migrations.Answer = Jobs.Migrations.ServiceResult<Jobs.Migrations.MigrationView>.Invalid("Account", "Enter a handle, such as alice.example.com.");
        await page.GotoAsync("/move/new");
        await page.GetByRole(AriaRole.Button, new() { Name = "Look it up" }).ClickAsync();
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"{width}-{scheme}-error.png"), FullPage = true });
    }
}
