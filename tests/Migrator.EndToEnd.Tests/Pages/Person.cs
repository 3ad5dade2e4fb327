using Microsoft.Playwright;

namespace Migrator.EndToEnd.Tests.Pages;

/// <summary>Reads labels and buttons as a person does: nothing is found by ids or addresses.</summary>
/// <param name="name">Of the pictures, which are made where MIGRATOR_SCREENSHOTS names a folder.</param>
internal sealed class Person(IPage page, string name)
{
    private int looks;

    /// <summary>With scripts the link is enough; without, its code is pasted.</summary>
    public async Task ComeInAsync(Uri program, string link, bool scripts)
    {
        await page.GotoAsync(link);
        if (!scripts)
            await FillIn("Come in", ("One-time code", link[(link.IndexOf('#') + 1)..]));
        await page.WaitForURLAsync(program.ToString());
    }

    public async Task ClickLink(string words)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = words }).First.ClickAsync();
        await Look(words);
    }

    /// <summary>Answers the questions of the form that the button belongs to, and presses it.</summary>
    public async Task FillIn(string button, params (string Label, string Value)[] answers)
    {
        var press = page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true });
        var form = page.Locator("form", new() { Has = press });
        foreach (var (label, value) in answers)
            await form.GetByLabel(label, new() { Exact = label is "Handle" or "Code" or "New password" or "Folder" or "Accounts" })
                .FillAsync(value);
        await page.EvaluateAsync("() => { window.left = true }");
        await press.ClickAsync();
        await NextPageAsync();
        var wrong = page.Locator(".error-summary");
        if (await wrong.CountAsync() > 0)
            Assert.Fail($"After \"{button}\": {await wrong.InnerTextAsync()}");
        await Look(button);
    }

    /// <summary>
    /// Until the page that the form leads to stands there. The browser's own "loaded" comes now and then before one can wait for it.
    /// </summary>
    private async Task NextPageAsync()
    {
        for (var look = 0; look < 1200; look++)
        {
            try
            {
                if (await page.EvaluateAsync<bool>("() => window.left !== true && document.readyState !== 'loading'"))
                    return;
            }
            catch (PlaywrightException)
            {
                // Asked in the moment between the two pages.
            }

            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Assert.Fail($"No page came after the form: {await page.InnerTextAsync("main")}");
    }

    /// <summary>Pictures of the page as it stands, wide and narrow, light and dark.</summary>
    public async Task Look(string what)
    {
        if (Environment.GetEnvironmentVariable("MIGRATOR_SCREENSHOTS") is not { Length: > 0 } folder)
            return;
        var file = $"{name}-{++looks:00}-{new string([.. what.Where(char.IsLetterOrDigit)])}";
        foreach (var scheme in new[] { ColorScheme.Dark, ColorScheme.Light })
        {
            await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme });
            foreach (var width in new[] { 320, 1280 })
            {
                await page.SetViewportSizeAsync(width, 900);
                var path = Path.Combine(folder, $"{file}-{width}-{scheme}.png");
                await page.ScreenshotAsync(new PageScreenshotOptions { Path = path, FullPage = true });
            }
        }
    }
}
