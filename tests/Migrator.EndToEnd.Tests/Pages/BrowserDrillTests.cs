using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Playwright;
using Migrator.Testing.Network;
using Migrator.Web.Tests.Browser;
using Xunit;

namespace Migrator.EndToEnd.Tests.Pages;

/// <summary>A person has a real backup restored for practice, by a click with the key in hand and then by itself with the key kept here.</summary>
public sealed class BrowserDrillTests(SharedNetwork shared, Chromium chromium) : IClassFixture<Chromium>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_backup_is_restored_for_practice_at_the_button_and_then_by_the_schedule()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        var vault = Directory.CreateTempSubdirectory("migrator-drill-vault-");
        try
        {
            await using var program = await RealProgram.StartAsync(network, Cancel);
            await using var context = await chromium.OpenAsync(program.Address, scripts: false);
            var page = await context.NewPageAsync();
            var person = new Person(page, "drill");
            await person.ComeInAsync(program.Address, await program.ReadLinkAsync(Cancel), scripts: false);
            var privateKey = await SetUpAsync(page, person, vault.FullName, account.Handle);

            await person.ClickLink("@" + account.Handle);
            var accountPage = page.Url;
            await ReloadUntilAsync(page, accountPage, "table.wide tbody tr");
            await Assertions.Expect(page.GetByText("never")).ToBeVisibleAsync();
            await person.ClickLink("Restore for practice");
            var drills = page.Url;
            await person.FillIn("Begin the drill", ("Private key", privateKey));
            await ReloadUntilAsync(page, page.Url, ".end-good");
            await person.Look("proven");
            await Assertions.Expect(page.Locator(".end-good")).ToContainTextAsync("100");
            await Assertions.Expect(page.Locator(".end-good")).ToContainTextAsync("in a sandbox server");
            AssertNowhere(program, privateKey);

            await page.GotoAsync(drills);
            await person.ClickLink("What that means, and change it");
            await person.FillIn("Keep the key here", ("Private key", privateKey));
            await Assertions.Expect(page.GetByText("kept here, sealed")).ToBeVisibleAsync();
            await ComeDueAsync(program);
            await ReloadUntilAsync(page, drills, "tr:has-text('By itself') .tag-good");
            await person.Look("by itself");
            AssertNowhere(program, privateKey);

            await person.ClickLink("What that means, and change it");
            await person.FillIn("Erase the key that is kept here");
            await person.ClickLink("Home");
            await Assertions.Expect(page.Locator(".card").First).ToContainTextAsync($"records, {account.Blobs.Count}\u00a0files), in a sandbox server");
            await person.Look("home");
        }
        finally
        {
            vault.Delete(recursive: true);
        }
    }

    /// <returns>The private key, which the person alone has.</returns>
    private static async Task<string> SetUpAsync(IPage page, Person person, string folder, string handle)
    {
        await person.ClickLink("Back up");
        await person.ClickLink("A place to keep them");
        await person.FillIn("Add this place", ("What do you call it?", "Cellar"), ("Folder", folder));
        await person.ClickLink("A key that opens them");
        await page.GetByLabel("What do you call it?").FillAsync("paper");
        await person.FillIn("Make a key");
        var privateKey = await page.Locator(".secret").InnerTextAsync();
        await person.ClickLink("show that I have it");
        await person.FillIn("Compare", ("Private key", privateKey));
        await person.ClickLink("What and when");
        await person.FillIn("Continue", ("What do you call this plan?", "Mine"), ("Accounts", handle));
        await page.GetByRole(AriaRole.Checkbox).First.CheckAsync();
        await person.FillIn("Continue");
        await person.FillIn("Continue");
        await person.FillIn("Start backing up");
        return privateKey;
    }

    /// <summary>Makes the drill's night come, as the passing of a week would.</summary>
    private static async Task ComeDueAsync(RealProgram program)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(program.Folder, "data", "migrator.db")};Default Timeout=30;Pooling=False");
        await connection.OpenAsync(Cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = "UPDATE drill_setting SET next_at = 1";
        Assert.Equal(1, await command.ExecuteNonQueryAsync(Cancel));
    }

    /// <summary>Reloads, as a person without scripts does, until it is there.</summary>
    private static async Task ReloadUntilAsync(IPage page, string address, string selector)
    {
        for (var waited = 0; ; waited++)
        {
            await page.GotoAsync(address);
            if (await page.Locator(selector).CountAsync() > 0)
                return;
            Assert.True(waited < 300 && await page.Locator(".tag-bad, .tag-you").CountAsync() == 0, await page.Locator("main").InnerTextAsync());
            await Task.Delay(500, Cancel);
        }
    }

    /// <summary>The key stands readable in no file that the program keeps.</summary>
    private static void AssertNowhere(RealProgram program, string privateKey)
    {
        var key = Encoding.ASCII.GetBytes(privateKey);
        foreach (var file in Directory.GetFiles(program.Folder, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            Assert.True(Read(file).AsSpan().IndexOf(key) < 0, file);
        }
    }

    /// <summary>Nothing for a file that is gone again, as journals of a database are.</summary>
    private static byte[] Read(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            return copy.ToArray();
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }
}
