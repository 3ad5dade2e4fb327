using Microsoft.Playwright;
using Migrator.Testing.Network;
using Migrator.Web.Tests.Browser;

namespace Migrator.EndToEnd.Tests.Pages;

/// <summary>A person with a browser moves an account between real servers; the judge says whether it is the same account.</summary>
public sealed class BrowserMoveTests(SharedNetwork shared, Chromium chromium) : IClassFixture<Chromium>
{
    private const string NewPassword = "a new and long password";
    private static readonly LocatorAssertionsToBeVisibleOptions Patiently = new() { Timeout = 120_000 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_account_is_moved_by_clicking_and_taken_up_in_another_browser(bool scripts)
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        var before = await network.SnapshotAsync(network.A, account.Did, Cancel);
        var handle = network.NewHandle(network.B, "clicked");
        await using var program = await RealProgram.StartAsync(network, Cancel);
        var (publicKey, started, session) = await DraftAndStartAsync(program, account, network.B.Url, handle, scripts);

        // The first browser is gone; the work goes on.
        await using var context = await chromium.OpenAsync(program.Address, scripts: scripts, session: session);
        var page = await context.NewPageAsync();
        var person = new Person(page, scripts ? "js-again" : "nojs-again");
        await page.GotoAsync(started);
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Look at it and move" })).ToBeVisibleAsync(Patiently);
        await person.Look("ready");
        await person.ClickLink("Look at it and move");
        await person.FillIn("Move my account now", ($"Type {account.Handle}", account.Handle));
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Enter the code" })).ToBeVisibleAsync(Patiently);
        await person.ClickLink("Enter the code");
        await person.FillIn("Use this code", ("Code", (await network.ReadCodeAsync(network.A, account.Did, Cancel))!));
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Moved. Nothing was lost." })).ToBeVisibleAsync(Patiently);
        await person.Look("moved");
        await person.ClickLink("Read the report");
        await Assertions.Expect(page.GetByText("Every record and every file of the old account is on the new one, unchanged.")).ToBeVisibleAsync();
        await person.Look("report");

        var report = await network.JudgeAsync(
            new JudgeRequest(before, network.B) { Handle = handle, From = network.A, UserKeys = [publicKey], Password = NewPassword }, Cancel);
        Assert.True(report.Ok, report.ToString());
    }

    /// <summary>Answers every question in a browser of its own and leaves after Start.</summary>
    private async Task<(string PublicKey, string Page, string Session)> DraftAndStartAsync(
        RealProgram program, FilledAccount account, string newServer, string handle, bool scripts)
    {
        await using var context = await chromium.OpenAsync(program.Address, scripts: scripts);
        var page = await context.NewPageAsync();
        var person = new Person(page, scripts ? "js" : "nojs");

        await person.ComeInAsync(program.Address, await program.ReadLinkAsync(Cancel), scripts);
        await person.ClickLink("Move an account");
        await person.FillIn("Look it up", ("Handle or DID", account.Handle));
        await person.ClickLink("New server");
        await person.FillIn("Ask this server", ("Address of the new server", newServer));
        await person.ClickLink("Continue with");
        await person.ClickLink("Sign in to the old server");
        await person.FillIn("Sign in", ("Password of the old account", account.Password));
        await person.ClickLink("Your account on the new server");
        await person.FillIn(
            "Save", ("Handle", handle), ("E-mail", $"{handle}@example.com"), ("New password", NewPassword), ("New password once more", NewPassword));
        await person.ClickLink("Recovery key");
        await person.FillIn("Make a recovery key");
        var privateKey = await page.Locator("dd.secret").First.InnerTextAsync();
        var publicKey = await page.Locator("dd", new() { HasTextString = "did:key:" }).First.InnerTextAsync();
        await person.ClickLink("show that you have it");
        await person.FillIn("Compare", ("Private key", privateKey));
        await person.ClickLink("Check your answers and start");
        await person.FillIn("Start copying");
        return (publicKey, page.Url, await context.StorageStateAsync());
    }
}
