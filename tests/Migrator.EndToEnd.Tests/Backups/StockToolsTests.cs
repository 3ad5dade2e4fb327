using System.Text.Json;
using Migrator.Core.Backups;
using Migrator.Testing.Network;

namespace Migrator.EndToEnd.Tests.Backups;

/// <summary>
/// What is in the vault is opened by people who never heard of Migrator: Debian's <c>age</c>, the reference libraries, and
/// docs/design/backup-format.md.
/// </summary>
public sealed class StockToolsTests(SharedNetwork shared)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_account_that_changes_is_backed_up_by_its_changes_and_opens_with_stock_tools_only()
    {
        var network = await shared.GetAsync(Ct);
        var account = await network.CreateAccountAsync(network.A, Ct, fill: new FillOptions { LegacyBlob = true });
        await using var backups = await LiveBackups.StartAsync(network, Ct);
        var session = await backups.SignInAsync(account, Ct);

        var first = await backups.StoreAsync(account.Did, Ct, session);
        Assert.IsType<BackupOutcome.Unchanged>(await backups.RunAsync(account.Did, Ct, session));
        await network.AddToAsync(account, new FillOptions { Seed = 2, Posts = 6, Images = 2 }, Ct);
        var second = await backups.StoreAsync(account.Did, Ct, session);
        Assert.Equal([CarKind.Full, CarKind.Delta], second.Chain.Select(link => link.Kind));
        Assert.Equal(first.Chain[0].Object, second.Chain[0].Object);
        Assert.True(second.Blobs > first.Blobs);
        Assert.True(second.NewBytes < first.NewBytes / 2 + second.BlobBytes - first.BlobBytes, $"{second.NewBytes} bytes after {first.NewBytes}");

        var truth = await network.SnapshotAsync(network.A, account.Did, Ct, account.Password);
        var opened = await OpenAsync(backups, account.Did);
        Assert.Equal(truth.Data, opened.GetProperty("data").GetString());
        Assert.Equal((truth.Records, truth.Blobs), (opened.GetProperty("records").GetInt32(), opened.GetProperty("blobs").GetInt32()));
        Assert.Equal(2, opened.GetProperty("snapshots").GetInt32());
        Assert.Equal(account.Handle, opened.GetProperty("handle").GetString());
        foreach (var blob in Directory.EnumerateFiles(Path.Combine(truth.Folder, "blobs")))
        {
            var restored = Path.Combine(backups.Folder, "out", "blobs", Path.GetFileName(blob));
            Assert.Equal(await File.ReadAllBytesAsync(blob, Ct), await File.ReadAllBytesAsync(restored, Ct));
        }
        var owner = await account.SignInAsync(Ct);
        var preferences = (await owner.GetAsync("app.bsky.actor.getPreferences", Ct)).GetProperty("preferences").EnumerateArray()
            // The date of birth is not shown to an app password.
            .Where(item => item.GetProperty("$type").GetString() != "app.bsky.actor.defs#personalDetailsPref").Select(item => item.GetRawText()).ToList();
        Assert.NotEmpty(preferences);
        Assert.Equal(preferences.Order(), opened.GetProperty("preferences").EnumerateArray().Select(item => item.GetRawText()).Order());
    }

    [Fact]
    public async Task Stock_tools_find_damage_too_and_our_own_check_of_stored_bytes_names_the_object()
    {
        var network = await shared.GetAsync(Ct);
        var account = await network.CreateAccountAsync(network.A, Ct);
        await using var backups = await LiveBackups.StartAsync(network, Ct);
        var snapshot = await backups.StoreAsync(account.Did, Ct);
        var objects = await backups.Index.ListObjectsAsync(snapshot.AccountId, Ct);
        var verifier = new SnapshotVerifier(backups.Index, TimeProvider.System);
        var kinds = objects.Select(item => item.Content.Kind).ToHashSet();
        Assert.Superset(new HashSet<ObjectKind> { ObjectKind.Car, ObjectKind.Pack, ObjectKind.BlobPage }, kinds);
        foreach (var kind in kinds)
        {
            var name = objects.First(item => item.Content.Kind == kind).Name;
            var path = Path.Combine(backups.VaultFolder, name);
            var bytes = await File.ReadAllBytesAsync(path, Ct);
            bytes[bytes.Length / 2] ^= 1;
            await File.WriteAllBytesAsync(path, bytes, Ct);
            await Assert.ThrowsAsync<NodeProcessException>(() => OpenAsync(backups, account.Did));
            var pass = await verifier.CheckStoredAsync(backups.Index.Folders[0], backups.Target, null, VerifyBudget.Unlimited, Ct);
            Assert.Equal(name, Assert.Single(pass.Bad).Name);
            bytes[bytes.Length / 2] ^= 1;
            await File.WriteAllBytesAsync(path, bytes, Ct);
        }
        await OpenAsync(backups, account.Did);
    }

    private static async Task<JsonElement> OpenAsync(LiveBackups backups, string did)
    {
        var key = Path.Combine(backups.Folder, "key.txt");
        await File.WriteAllTextAsync(key, backups.Identity.RevealText() + "\n", Ct);
        string[] arguments = ["--vault", backups.VaultFolder, "--identity", key, "--did", did, "--out", Path.Combine(backups.Folder, "out")];
        return await NodeProcess.RunAsync("open-backup.mjs", arguments, Ct);
    }
}
