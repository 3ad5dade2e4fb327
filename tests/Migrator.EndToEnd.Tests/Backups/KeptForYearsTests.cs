using Migrator.EndToEnd.Tests.Processes;
using Migrator.Jobs.Backups;
using Migrator.Testing.Network;

namespace Migrator.EndToEnd.Tests.Backups;

/// <summary>What happens to snapshots after they were made, in the real program: rules that delete, rights of files, the sign-in.</summary>
public sealed class KeptForYearsTests(SharedNetwork shared)
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly FillOptions Little = new()
    {
        Posts = 1, Images = 1, Likes = 0, Reposts = 0, Follows = 0, Recipes = 0,
        Orphans = 0
    };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Retention_deletes_in_two_steps_exactly_what_the_dry_run_said()
    {
        var network = await shared.GetAsync(Ct);
        await using var world = await PlanWorld.StartAsync(network, Ct, new Dictionary<string,
            string>
        { ["Migrator:Backups:DeleteAfterHours"] = "0" });
        var account = await network.CreateAccountAsync(network.A, Ct, fill: Little);
        var plan = await world.AddPlanAsync([account], [new AddVault("Disk", "file", world.VaultFolder)], new RetentionInput(Last: 100));
        await world.UntilAsync(view => view.Account is { Health: BackupHealth.Good, Snapshots: 1 }, "the first backup");
        for (var seed = 2; seed <= 4; seed++)
        {
            await network.AddToAsync(account, Little with { Seed = seed }, Ct);
            Assert.Equal(seed, (await world.RunAsync()).Account.Snapshots);
        }

        var all = await world.SnapshotsAsync();
        await world.CallAsync<SnapshotView>(HttpMethod.Put, $"/snapshots/{all[3].Id}/pin", null);
        var said = await world.CallAsync<RetentionPreview>(HttpMethod.Post, $"/accounts/{world.AccountId}/retention",
            new RetentionInput(Last: 1));
        Assert.Equal(new[] { all[2].Id, all[1].Id }.Order(), said.Remove.Select(line => line.Snapshot.Id).Order());
        var before = world.Contents();
        Assert.All(await world.SnapshotsAsync(), snapshot => Assert.Equal(SnapshotStanding.Good, snapshot.Standing));

        // First they are marked, and everything is there still.
        await world.CallAsync<PlanView>(HttpMethod.Put, $"/plans/{plan.Id}", new SavePlan(
            "Mine", "accounts", [account.Did], null, [.. plan.Vaults.Select(vault => vault.Id)], [.. plan.Keys.Select(key => key.Id)],
            new ScheduleInput(1, JitterMinutes: 0), new RetentionInput(Last: 1)));
        await UpkeepUntilAsync(2, SnapshotStanding.Deleting);
        Assert.Equal(before, world.Contents());

        // Then they are deleted, to the byte what was said.
        await UpkeepUntilAsync(2, null);
        var left = world.Contents();
        var gone = before.Keys.Except(left.Keys).ToList();
        Assert.All(left, file => Assert.Equal(file.Value, before[file.Key]));
        var kept = await world.SnapshotsAsync();
        Assert.Equal(new[] { all[3].Id, all[0].Id }.Order(), kept.Select(snapshot => snapshot.Id).Order());
        Assert.NotEmpty(gone);
        Assert.Equal(said.BytesFreed, all.Sum(snapshot => snapshot.NewBytes) - world.BytesInVault());
        await using var vault = world.OpenVault();
        Assert.Equal(2, await world.ProveAllAsync(vault));

        async Task UpkeepUntilAsync(int count, SnapshotStanding? standing)
        {
            await world.CallAsync<BackupAccountView>(HttpMethod.Post, $"/accounts/{world.AccountId}/verify", null);
            var begun = TimeProvider.System.GetTimestamp();
            while (true)
            {
                var seen = await world.SnapshotsAsync();
                if (standing is null ? seen.Count == count : seen.Count(snapshot => snapshot.Standing == standing) == count)
                    return;
                Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromMinutes(1), world.Program.Output);
                await Task.Delay(100, Ct);
            }
        }
    }

    [Fact]
    public async Task An_app_password_brings_the_preferences_and_all_files_are_for_their_owner_alone()
    {
        var network = await shared.GetAsync(Ct);
        await using var world = await PlanWorld.StartAsync(network, Ct);
        var account = await network.CreateAccountAsync(network.A, Ct, fill: Little);
        await world.AddPlanAsync(account);
        await world.UntilAsync(view => view.Account is { Health: BackupHealth.Good, Snapshots: 1 }, "the first backup");
        Assert.False((await world.SnapshotsAsync())[0].HasPreferences);

        // The main password is recognised: it could do everything, and a backup needs to read only.
        var main = await Assert.ThrowsAsync<InvalidOperationException>(() => SignInAsync(new SignInForBackup(account.Password)));
        Assert.Contains("app password", main.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(account.Password, main.Message, StringComparison.Ordinal);

        var made = await (await account.SignInAsync(Ct)).PostAsync("com.atproto.server.createAppPassword", new { name = "backup" }, Ct);
        Assert.True((await SignInAsync(new SignInForBackup(made.GetProperty("password").GetString()))).Account.HasSession);
        var view = await world.RunAsync();
        Assert.Equal((BackupHealth.Good, 2), (view.Account.Health, view.Account.Snapshots));
        Assert.True((await world.SnapshotsAsync())[0].HasPreferences);

        // Somebody who insists may give the main password all the same.
        Assert.True((await SignInAsync(new SignInForBackup(account.Password, AllowMainPassword: true))).Account.HasSession);

        foreach (var root in new[] { world.VaultFolder, world.Program.Data })
        {
            Assert.Equal(Owner | UnixFileMode.UserExecute, File.GetUnixFileMode(root));
            var open = Directory.EnumerateDirectories(root, "*", SearchOption.AllDirectories)
                .Where(folder => File.GetUnixFileMode(folder) != (Owner | UnixFileMode.UserExecute))
                .Concat(Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
                    .Where(file => File.GetUnixFileMode(file) != Owner));
            Assert.Empty(open);
        }

        Task<BackupAccountView> SignInAsync(SignInForBackup command) =>
            world.CallAsync<BackupAccountView>(HttpMethod.Put, $"/accounts/{world.AccountId}/session", command);
    }
}
