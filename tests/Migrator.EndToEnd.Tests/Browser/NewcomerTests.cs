using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Migrator.EndToEnd.Tests.Processes;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Browser;

/// <summary>A person with a handle and a server's address, the program as it is shipped, and a real browser.</summary>
public sealed partial class NewcomerTests(SharedNetwork shared)
{
    private const string NewPassword = "a brand new password";
    private static readonly string ChromiumPath = Environment.GetEnvironmentVariable("MIGRATOR_CHROMIUM") ?? "/usr/bin/chromium";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Moves_an_account_leaves_in_the_middle_and_finishes_in_another_browser_without_scripts()
    {
        Assert.SkipUnless(File.Exists(ChromiumPath), $"There is no Chromium at {ChromiumPath}; name one in MIGRATOR_CHROMIUM.");
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        var before = await network.SnapshotAsync(network.A, account.Did, Cancel);
        var folder = Directory.CreateTempSubdirectory("migrator-link-").FullName;
        var link = Path.Combine(folder, "link");
        var settings = new Dictionary<string, string>
        {
            ["Migrator:Plc:Url"] = network.Plc.Url,
            ["Migrator:Network:AllowPrivate:0"] = "localhost:*",
            ["Migrator:Identity:HandleResolvers:0"] = network.A.Url,
            ["Migrator:Identity:HandleResolvers:1"] = network.B.Url,
            ["Migrator:Door:LinkFile"] = link,
        };
        await using var program = await MigratorProcess.StartAsync(settings, Cancel);
        using var playwright = await Playwright.CreateAsync();
        await using var chromium = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = ChromiumPath,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
        });

        string state;
        string address;
        string key;
        var handle = network.NewHandle(network.B, "new");
        await using (var first = await chromium.NewContextAsync())
        {
            var page = await first.NewPageAsync();
            page.SetDefaultTimeout(60_000);
            await page.GotoAsync((await File.ReadAllTextAsync(link, Cancel)).Trim());
            await page.ClickAsync("text=Move an account");
            await page.FillAsync("[name=Account]", account.Handle);
            await page.ClickAsync("text=Look it up");
            address = await AnswerAsync(page, handle);
            key = await MakeKeyAsync(page);
            await page.ClickAsync("a:has-text('Check your answers')");
            await page.ClickAsync("button:has-text('Start')");
            await page.WaitForSelectorAsync("text=Steps");
            state = await first.StorageStateAsync();
        }

        // The first browser is gone; the work went on. Taken up in another one, with scripts switched off.
        await using var second = await chromium.NewContextAsync(new BrowserNewContextOptions { StorageState = state, JavaScriptEnabled = false });
        var again = await second.NewPageAsync();
        again.SetDefaultTimeout(60_000);
        await UntilAsync(again, address, "Look at it and move");
        await again.ClickAsync("a:has-text('Look at it and move')");
        await again.FillAsync("[name=TypedHandle]", account.Handle);
        await again.CheckAsync("[name=SignWith][value=code]");
        await again.ClickAsync("button:has-text('Move my account now')");
        await UntilAsync(again, address, "Enter the code");
        await again.ClickAsync("a:has-text('Enter the code')");
        await again.FillAsync("[name=Code]", (await network.ReadCodeAsync(network.A, account.Did, Cancel))!);
        await again.ClickAsync("main form button");
        await UntilAsync(again, address, "Nothing was lost");
        await again.GotoAsync(address + "/report");
        Assert.Contains("Equal", await again.InnerTextAsync("main"), StringComparison.Ordinal);

        Assert.Matches("^[0-9a-f]{64}$", key);
        Assert.DoesNotContain(key, program.Output, StringComparison.Ordinal);
        var report = await network.JudgeAsync(new JudgeRequest(before, network.B) { Handle = handle, From = network.A, Password = NewPassword }, Cancel);
        Assert.True(report.Ok, report.ToString());
        Directory.Delete(folder, recursive: true);
    }

    private async Task<string> AnswerAsync(IPage page, string handle)
    {
        var network = await shared.GetAsync(Cancel);
        var address = page.Url;
        await page.ClickAsync("a:has-text('New server')");
        await page.FillAsync("[name=Pds]", network.B.Url);
        await page.ClickAsync("button:has-text('Ask this server')");
        await page.ClickAsync("text=Continue with");
        await page.GotoAsync(address);
        await page.ClickAsync("a:has-text('Sign in to the old server')");
        await page.FillAsync("[name=Password]", new FillOptions().Password);
        await page.ClickAsync("main form button");
        await page.ClickAsync("a:has-text('Your account on the new server')");
        await page.FillAsync("[name=Handle]", handle);
        await page.FillAsync("[name=Email]", "new@example.com");
        await page.FillAsync("[name=Password]", NewPassword);
        await page.FillAsync("[name=PasswordAgain]", NewPassword);
        await page.ClickAsync("main form button");
        return address;
    }

    /// <summary>Has a key made, reads it off the kit as a person would, and shows that it is there.</summary>
    private static async Task<string> MakeKeyAsync(IPage page)
    {
        await page.ClickAsync("a:has-text('Recovery key')");
        await page.ClickAsync("button:has-text('Make a recovery key')");
        await page.WaitForSelectorAsync("text=Your recovery kit");
        var key = HexKey().Match(await page.InnerTextAsync("main")).Value;
        await page.ClickAsync("a:has-text('show that you have it')");
        await page.FillAsync("[name=PrivateKey]", key);
        await page.ClickAsync("main form button");
        return key;
    }

    /// <summary>Looks again until the page says it, as the page without scripts does by itself.</summary>
    private static async Task UntilAsync(IPage page, string address, string text)
    {
        for (var look = 0; look < 600; look++)
        {
            await page.GotoAsync(address);
            if ((await page.InnerTextAsync("main")).Contains(text, StringComparison.Ordinal))
                return;
            await Task.Delay(200, Cancel);
        }

        Assert.Fail($"The page never said \"{text}\": {await page.InnerTextAsync("main")}");
    }

    [GeneratedRegex("[0-9a-f]{64}")]
    private static partial Regex HexKey();
}
