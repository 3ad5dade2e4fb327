using Microsoft.Playwright;

namespace Migrator.Web.Tests.Browser;

/// <summary>The system's Chromium, once for all tests of a class. Where there is none, the tests that need it say so and are skipped.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string Path = Environment.GetEnvironmentVariable("MIGRATOR_CHROMIUM") ?? "/usr/bin/chromium";
    private IPlaywright? playwright;
    private IBrowser? browser;

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Path))
            return;
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Path,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
            ],
        });
    }

    /// <param name="width">Of the window, in CSS pixels.</param>
    /// <param name="session">Cookies that another browser had, as its storage state; null: a browser that was never here.</param>
    public async Task<IBrowserContext> OpenAsync(Uri address, int width = 1280, ColorScheme scheme = ColorScheme.Light, bool scripts = true, string? session = null)
    {
        Assert.SkipWhen(browser is null, $"There is no Chromium at {Path}; name one in MIGRATOR_CHROMIUM.");
        return await browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = address.ToString(),
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            ColorScheme = scheme,
            JavaScriptEnabled = scripts,
            StorageState = session,
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
            await browser.DisposeAsync();
        playwright?.Dispose();
    }
}
