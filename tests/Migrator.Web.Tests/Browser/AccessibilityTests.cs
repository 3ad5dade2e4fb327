using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Migrator.Web.Tests.Hosting;

namespace Migrator.Web.Tests.Browser;

/// <summary>Every page as a browser draws it. With MIGRATOR_SCREENSHOTS naming a folder, pictures are left there for people to look at.</summary>
public sealed class AccessibilityTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Theory]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(320, ColorScheme.Dark)]
    public async Task Axe_finds_nothing_and_nothing_overflows(int width, ColorScheme scheme)
    {
        await using var program = await TestProgram.StartAsync();
        await using var context = await chromium.OpenAsync(program.Address, width, scheme);
        var page = await context.NewPageAsync();
        await page.GotoAsync((await program.NewLinkAsync()).Address);
        await page.WaitForURLAsync(program.Address.ToString());
        var faults = new List<string>();
        foreach (var (name, path) in PageGallery.Fill(program))
        {
            await page.GotoAsync(path);
            await InspectAsync(page, name, faults, $"{width}-{scheme}");
        }

        await page.GotoAsync($"/move/{program.Migrations.Put(Sample.Draft(answered: false))}/recovery-key");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a recovery key" }).ClickAsync();
        await InspectAsync(page, "kit", faults, $"{width}-{scheme}");
        await page.GotoAsync("/move/new");
        program.Migrations.Answer = Jobs.Migrations.ServiceResult<Jobs.Migrations.MigrationView>.Invalid("Account", "Enter a handle, such as alice.example.com.");
        await page.ClickAsync("main button");
        await InspectAsync(page, "error", faults, $"{width}-{scheme}");
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Theory]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(320, ColorScheme.Dark)]
    public async Task The_same_holds_for_backups(int width, ColorScheme scheme)
    {
        await using var program = await TestProgram.StartAsync();
        await using var context = await chromium.OpenAsync(program.Address, width, scheme);
        var page = await context.NewPageAsync();
        await page.GotoAsync((await program.NewLinkAsync()).Address);
        await page.WaitForURLAsync(program.Address.ToString());
        var faults = new List<string>();
        var look = $"{width}-{scheme}";
        foreach (var (name, path) in PageGallery.EmptyBackups)
        {
            await page.GotoAsync(path);
            await InspectAsync(page, name, faults, look);
        }

        foreach (var (name, path) in PageGallery.FillBackups(program))
        {
            await page.GotoAsync(path);
            await InspectAsync(page, name, faults, look);
        }

        await page.GotoAsync("/backups/plans/p1/edit");
        foreach (var step in new[] { "what", "where", "when", "check" })
        {
            await InspectAsync(page, $"backups-plan-{step}", faults, look);
            if (step != "check")
                await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        }

        await page.GotoAsync("/backups/keys/new");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a key" }).ClickAsync();
        await InspectAsync(page, "backups-key-made", faults, look);
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    private static async Task InspectAsync(IPage page, string name, List<string> faults, string look)
    {
        var found = await page.RunAxe();
        faults.AddRange(found.Violations.Select(
            violation => $"{name}: {violation.Id} ({violation.Help}) at {string.Join(", ", violation.Nodes.Take(3).Select(node => node.Html))}"));
        var wide = await page.EvaluateAsync<string>(
            """
            () => {
              const room = document.documentElement.clientWidth;
              const inScroller = (e) => { for (let p = e.parentElement; p; p = p.parentElement) if (/(auto|scroll|hidden)/.test(getComputedStyle(p).overflowX)) return true; return false; };
              const out = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > room + 1 && !inScroller(e));
              return (document.documentElement.scrollWidth > room ? "page scrolls sideways; " : "") + out.slice(0, 3).map((e) => e.outerHTML.slice(0, 120)).join(" | ");
            }
            """);
        if (wide.Length > 0)
            faults.Add($"{name}: wider than the window: {wide}");
        if (Environment.GetEnvironmentVariable("MIGRATOR_SCREENSHOTS") is { Length: > 0 } folder)
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"{look}-{name}.png"), FullPage = true });
    }
}
