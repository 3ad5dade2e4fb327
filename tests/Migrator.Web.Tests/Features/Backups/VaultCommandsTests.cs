using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Migrator.Core.AtProto;
using Migrator.Core.Backups;
using Migrator.Core.Vaults;
using Migrator.Testing.Backups;
using Migrator.Web.Tests.Hosting;

namespace Migrator.Web.Tests.Features.Backups;

/// <summary>A machine that never saw the vault: only the folder and the private key.</summary>
public sealed class VaultCommandsTests : IAsyncLifetime
{
    private readonly BackupWorld world = new();
    private StubAccount account = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string VaultFolder => Path.Combine(world.Folder, "vault");

    private string KeyFile => Path.Combine(world.Folder, "key.txt");

    private string Out => Path.Combine(world.Folder, "out");

    public async ValueTask InitializeAsync()
    {
        account = await StubAccount.StartAsync();
        await File.WriteAllTextAsync(KeyFile, $"# made by hand\n{world.Identity.RevealText()}\n", Ct);
        await using var services = new ServiceCollection().AddLogging().AddVaults().BuildServiceProvider();
        await using var vault = services.GetRequiredService<IVaultFactory>().Open(new FileVaultSettings(VaultFolder), null);
        var marker = await VaultMarker.ReadOrCreateAsync(vault, Ct);
        foreach (var text in new[] { "first", "second" })
        {
            account.Builder.PutText("app.bsky.feed.post/one", text);
            account.AddBlob("app.bsky.feed.post/image", [1, 2, 3]);
            account.Publish();
            await world.StoreAsync(account.Did, Ct, order => order with { Vaults = [new BackupVault(marker.Id, vault)] });
            world.Time.Advance(TimeSpan.FromDays(1));
        }
    }

    [Fact]
    public async Task The_snapshots_are_listed_newest_first()
    {
        var (exitCode, output, _) = await ProgramTests.RunAsync("snapshots", "--vault", VaultFolder, "--identity", KeyFile, "--json");

        Assert.Equal(0, exitCode);
        var found = JsonDocument.Parse(output).RootElement.EnumerateArray().ToList();
        Assert.Equal(2, found.Count);
        Assert.All(found, one => Assert.Equal(account.Did.ToString(), one.GetProperty("did").GetString()));
        Assert.All(found, one => Assert.True(one.GetProperty("signatureGood").GetBoolean()));
        Assert.True(found[0].GetProperty("takenAt").GetDateTimeOffset() > found[1].GetProperty("takenAt").GetDateTimeOffset());
    }

    [Fact]
    public async Task The_newest_or_an_older_one_is_taken_out()
    {
        var newest = await ProgramTests.RunAsync("take-out", "--vault", VaultFolder, "--identity", KeyFile, "--to", Out);
        var day = world.Time.GetUtcNow().AddDays(-2).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        var older = await ProgramTests.RunAsync("take-out", "--vault", VaultFolder, "--identity", KeyFile, "--to", Out + "2", "--at", day);

        Assert.Equal((0, 0), (newest.ExitCode, older.ExitCode));
        Assert.Contains("\"second\"", await File.ReadAllTextAsync(Path.Combine(Out, "records/app.bsky.feed.post/one.json"), Ct), StringComparison.Ordinal);
        Assert.Contains("\"first\"", await File.ReadAllTextAsync(Path.Combine(Out + "2", "records/app.bsky.feed.post/one.json"), Ct), StringComparison.Ordinal);
        Assert.DoesNotContain("AGE-SECRET-KEY", newest.Output + newest.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_opens_nothing_a_missing_vault_and_a_missing_word_are_told_apart()
    {
        await File.WriteAllTextAsync(KeyFile + "2", Migrator.Core.Age.AgeIdentity.Generate().RevealText(), Ct);
        var wrongKey = await ProgramTests.RunAsync("snapshots", "--vault", VaultFolder, "--identity", KeyFile + "2");
        var noVault = await ProgramTests.RunAsync("snapshots", "--vault", VaultFolder + "-gone", "--identity", KeyFile);
        var noWord = await ProgramTests.RunAsync("take-out", "--vault", VaultFolder, "--identity", KeyFile);

        Assert.Equal((6, 4, 2), (wrongKey.ExitCode, noVault.ExitCode, noWord.ExitCode));
        Assert.Contains("sealed to another key", wrongKey.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(VaultFolder + "-gone"));
        Assert.Contains("--to is missing", noWord.Errors, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await account.DisposeAsync();
        await world.DisposeAsync();
    }
}
