using System.Globalization;
using Microsoft.Playwright;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Backups;
using Migrator.Core.Vaults;
using Migrator.EndToEnd.Tests.Move;
using Migrator.EndToEnd.Tests.Processes;
using Migrator.EndToEnd.Tests.Restore;
using Migrator.Testing;
using Migrator.Testing.Backups;
using Migrator.Testing.Network;
using Migrator.Web.Tests.Browser;
using Xunit;

namespace Migrator.EndToEnd.Tests.Pages;

/// <summary>
/// A person whose server is gone, and who has nothing but the folder of the backups and two keys, clicks the account back to life in a
/// Migrator that never heard of it. Judged by the reference libraries alone.
/// </summary>
public sealed class BrowserRestoreTests(SharedNetwork shared, Chromium chromium) : IClassFixture<Chromium>
{
    private static readonly LocatorAssertionsToBeVisibleOptions Patiently = new() { Timeout = 120_000 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task From_the_vault_and_the_two_keys_alone_an_account_is_clicked_back_to_life_as_it_was_on_a_day()
    {
        var network = await shared.GetAsync(Cancel);
        await using var lost = await LostAccount.CreateAsync(network, Cancel);
        await using var world = new BackupWorld(
            null, ("Migrator:Plc:Url", network.Plc.Url), ("Migrator:Identity:HandleResolvers:0", lost.Server.Url));
        var vault = Path.Combine(world.Folder, "vault");
        var wanted = await BackUpAsync(world, lost, vault);
        await lost.LiveOnAsync(Cancel, remember: false);
        await BackUpAsync(world, lost, vault);
        await lost.DieAsync();
        var operations = await lost.CountOperationsAsync(Cancel);
        var handle = network.NewHandle(network.B, "back");
        var key = world.Identity.RevealText();
        List<string> secrets = [key, lost.Key.RevealHex(), lost.Key.RevealMultibase(), RestoreDriver.NewPassword, SecretsTests.InTokens];

        await using var program = await MigratorProcess.StartAsync(
            new Dictionary<string, string>(CrashMatrixTests.Settings(network)) { ["Migrator:Door:LinkFile"] = "link" }, Cancel);
        await using var context = await chromium.OpenAsync(program.Url);
        var page = await context.NewPageAsync();
        var person = new Person(page, "restore");
        await person.ComeInAsync(program.Url, (await File.ReadAllTextAsync(Path.Combine(program.Data, "link"), Cancel)).Trim(),
            scripts: true);

        await AnswerAsync(person, page, lost, vault, key, wanted.TakenAt, network.B.Url, handle);
        SecretsTests.AssertNowhereOnDisk(program.Data, secrets);
        await person.FillIn("Start looking");
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Look at it and restore" })).ToBeVisibleAsync(Patiently);
        await person.Look("ready");
        Assert.Equal(operations, await lost.CountOperationsAsync(Cancel));
        await person.ClickLink("Look at it and restore");
        await person.FillIn("Restore my account now", ("Type ", lost.Account.Did));
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Restored. Everything in the backup is back." }))
            .ToBeVisibleAsync(Patiently);
        await person.Look("restored");
        await person.ClickLink("Read the report");

        var report = await network.JudgeAsync(lost.Judge(network.B, handle, RestoreDriver.NewPassword), Cancel);
        Assert.True(report.Ok, report.ToString());
        Assert.Equal(operations + 2, await lost.CountOperationsAsync(Cancel));
        Assert.Equal(0, lost.Heard);
        SecretsTests.AssertNowhereOnDisk(program.Data, secrets);
        foreach (var secret in secrets)
            Assert.DoesNotContain(secret, program.Output, StringComparison.Ordinal);
    }

    /// <summary>Finds the account in the vault and answers every question.</summary>
    private static async Task AnswerAsync(
        Person person, IPage page, LostAccount lost, string vault, string key, DateTimeOffset asOf, string newServer, string handle)
    {
        await person.ClickLink("Recover");
        await person.FillIn("Look into it", ("Folder of the backups", vault), ("Key of the backups", key));
        await Assertions.Expect(page.GetByText("2\u00a0snapshots")).ToBeVisibleAsync();
        await person.FillIn("Restore this account");
        // What was told once is not asked again; the key was not kept.
        await Assertions.Expect(page.GetByLabel("Folder of the backups")).ToHaveValueAsync(vault);
        await person.FillIn(
            "Add this backup", ("Key of the backups", key),
            ("As it was on", asOf.UtcDateTime.AddSeconds(1).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)));
        await person.ClickLink("Done");
        await person.ClickLink("Rotation key");
        await person.FillIn("Use this key", ("Private half of the key", lost.Key.RevealMultibase()));
        await person.ClickLink("Yes, this is my key");
        await person.ClickLink("The old server");
        await person.FillIn("Save");
        await person.ClickLink("New server");
        await person.FillIn("Ask this server", ("Address of the new server", newServer));
        await person.ClickLink("Continue with");
        await person.ClickLink("Your account on the new server");
        await person.FillIn(
            "Save", ("Handle", handle), ("E-mail", $"{handle}@example.com"), ("New password", RestoreDriver.NewPassword),
            ("New password once more", RestoreDriver.NewPassword));
        await person.ClickLink("Check your answers and start");
    }

    private static async Task<SnapshotSummary> BackUpAsync(BackupWorld world, LostAccount lost, string folder)
    {
        await using var vault = world.Get<IVaultFactory>().Open(new FileVaultSettings(folder), null);
        var marker = await VaultMarker.ReadOrCreateAsync(vault, Cancel);
        var opened = await world.Get<PdsClientFactory>().Anonymous(new Uri(lost.Server.Url))
            .CreateSessionAsync(lost.Account.Did, lost.Account.Password, null, Cancel);
        return await world.StoreAsync(Did.Parse(lost.Account.Did), Cancel, order => order with
        {
            Vaults = [new BackupVault(marker.Id, vault)],
            Session = new MemorySessionVault(opened.Value.Tokens),
        });
    }
}
