using Microsoft.Playwright;
using Migrator.Testing.Network;
using Migrator.Web.Tests.Browser;
using Xunit;

namespace Migrator.EndToEnd.Tests.Pages;

/// <summary>A person sets backups up by clicking, without scripts, and looks into what was stored with the key that only they have.</summary>
public sealed class BrowserBackupTests(SharedNetwork shared, Chromium chromium) : IClassFixture<Chromium>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Backups_are_set_up_made_opened_and_compared_by_clicking()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        var vault = Directory.CreateTempSubdirectory("migrator-pages-vault-");
        try
        {
            await using var program = await RealProgram.StartAsync(network, Cancel);
            await using var context = await chromium.OpenAsync(program.Address, scripts: false);
            var page = await context.NewPageAsync();
            var person = new Person(page, "backup");
            await person.ComeInAsync(program.Address, await program.ReadLinkAsync(Cancel), scripts: false);

            await person.ClickLink("Back up");
            await person.ClickLink("A place to keep them");
            await person.FillIn("Add this place", ("What do you call it?", "Cellar"), ("Folder", vault.FullName));
            await person.ClickLink("A key that opens them");
            await page.GetByLabel("What do you call it?").FillAsync("paper");
            await person.FillIn("Make a key");
            var privateKey = await page.Locator(".secret").InnerTextAsync();
            await person.ClickLink("show that I have it");
            await person.FillIn("Compare", ("Private key", privateKey));
            await person.ClickLink("What and when");
            await person.FillIn("Continue", ("What do you call this plan?", "Mine"), ("Accounts", account.Handle));
            await page.GetByRole(AriaRole.Checkbox).First.CheckAsync();
            await person.FillIn("Continue");
            await person.FillIn("Continue");
            await person.FillIn("Start backing up");

            await person.ClickLink("@" + account.Handle);
            var accountPage = page.Url;
            await UntilSnapshotsAsync(page, accountPage, 1);
            await (await account.SignInAsync(Cancel)).PostAsync("com.atproto.repo.createRecord", new
            {
                repo = account.Did, collection = "app.bsky.feed.post", record = new { text = "kept", createdAt = "2026-01-01T00:00:00Z" },
            }, Cancel);
            await person.FillIn("Back up now");
            await UntilSnapshotsAsync(page, accountPage, 2);
            await person.Look("account");

            await page.Locator("table.wide tbody th a").First.ClickAsync();
            await person.FillIn("Open", ("Private key", privateKey));
            await Assertions.Expect(page.GetByText("Opened with your key, and verified")).ToBeVisibleAsync();
            var snapshot = page.Url;
            var repo = await DownloadAsync(page, () => page.GetByRole(AriaRole.Link, new() { Name = "Save the repo (CAR)" }).ClickAsync());
            Assert.True(repo.Length > 1000);
            await person.ClickLink("app.bsky.feed.post");
            await page.Locator(".lines a").Last.ClickAsync();
            await Assertions.Expect(page.Locator("pre")).ToContainTextAsync("$type");
            await page.GotoAsync(snapshot);
            await person.ClickLink("Files");
            var first = page.Locator("td a").First;
            var cid = await first.InnerTextAsync();
            var blob = await DownloadAsync(page, () => first.ClickAsync());
            Assert.Equal(account.Blobs.First(one => one.Cid == cid).Size, blob.Length);

            await BringsBackAsync(person, page, account, snapshot);
            await page.GotoAsync(snapshot);
            var archive = await DownloadAsync(page, () => page.GetByRole(AriaRole.Link, new() { Name = "Take everything out (tar)" }).ClickAsync());
            Assert.Contains("repo.car", TarNames(archive));

            await page.GotoAsync(accountPage);
            await person.ClickLink("with the one before");
            await Assertions.Expect(page.Locator(".lead")).ToContainTextAsync("added, 0 changed, 0 deleted");
            await person.Look("compared");
            await page.GotoAsync(snapshot);
            await person.FillIn("Forget the key now");
            await Assertions.Expect(page.GetByLabel("Private key")).ToBeVisibleAsync();
            await person.ClickLink("Home");
            await Assertions.Expect(page.GetByText("Everything is backed up")).ToBeVisibleAsync();
            await person.Look("home");
            // The lock file is held alone, and empty.
            foreach (var file in Directory.GetFiles(program.Folder, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
                Assert.False((await ReadAsync(file)).AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(privateKey)) >= 0, file);
        }
        finally
        {
            vault.Delete(recursive: true);
        }
    }

    /// <summary>A post that was deleted by mistake: looked for, and written again after signing in with an app password.</summary>
    private static async Task BringsBackAsync(Person person, IPage page, FilledAccount account, string snapshot)
    {
        var owner = await account.SignInAsync(Cancel);
        var listed = await owner.GetAsync("com.atproto.repo.listRecords", Cancel, ("repo", account.Did), ("collection", "app.bsky.feed.post"), ("limit", "100"));
        // The first is older than the snapshot, whichever of the two it is.
        var uri = listed.GetProperty("records").EnumerateArray().Last().GetProperty("uri").GetString()!;
        await owner.PostAsync("com.atproto.repo.deleteRecord", new { repo = account.Did, collection = "app.bsky.feed.post", rkey = uri.Split('/')[^1] }, Cancel);
        var app = await owner.PostAsync("com.atproto.server.createAppPassword", new { name = "pages" }, Cancel);

        await page.GotoAsync(snapshot);
        await person.ClickLink("Bring it back into the living account");
        await person.Look("bring-back");
        await page.GetByRole(AriaRole.Checkbox, new() { Name = "Posts and replies" }).CheckAsync();
        await person.FillIn("Look what is gone");
        await UntilVisibleAsync(page, "This would be written");
        await person.Look("bring-back-found");
        await person.FillIn("Bring 1 record back", ("App password", app.GetProperty("password").GetString()!));
        await UntilVisibleAsync(page, "It is back");
        await person.Look("bring-back-done");
        await owner.GetAsync("com.atproto.repo.getRecord", Cancel, ("repo", account.Did), ("collection", "app.bsky.feed.post"), ("rkey", uri.Split('/')[^1]));
    }

    private static async Task UntilVisibleAsync(IPage page, string text)
    {
        for (var waited = 0; await page.GetByText(text).CountAsync() == 0; waited++)
        {
            Assert.True(waited < 240, await page.Locator("main").InnerTextAsync());
            await Task.Delay(250, Cancel);
            await page.ReloadAsync();
        }
    }

    private static List<string> TarNames(byte[] archive)
    {
        using var tar = new System.Formats.Tar.TarReader(new MemoryStream(archive));
        var names = new List<string>();
        while (tar.GetNextEntry() is { } entry)
            names.Add(entry.Name);
        return names;
    }

    /// <summary>Reloads, as a person without scripts does, until so many snapshots are listed.</summary>
    private static async Task UntilSnapshotsAsync(IPage page, string address, int count)
    {
        for (var waited = 0; ; waited++)
        {
            await page.GotoAsync(address);
            if (await page.Locator("table.wide tbody tr").CountAsync() >= count)
                return;
            Assert.True(waited < 120, await page.Locator("main").InnerTextAsync());
            await Task.Delay(500, Cancel);
        }
    }

    private static async Task<byte[]> DownloadAsync(IPage page, Func<Task> click)
    {
        var download = await page.RunAndWaitForDownloadAsync(click);
        return await File.ReadAllBytesAsync(await download.PathAsync(), Cancel);
    }

    /// <summary>Nothing for a file that is gone again, as journals of a database are.</summary>
    private static async Task<byte[]> ReadAsync(string file)
    {
        try
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var copy = new MemoryStream();
            await stream.CopyToAsync(copy, Cancel);
            return copy.ToArray();
        }
        catch (FileNotFoundException)
        {
            return [];
        }
    }
}
