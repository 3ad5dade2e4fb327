using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Migrator.Core.Age;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Tests.Engine;
using Xunit;

namespace Migrator.Jobs.Tests.Backups;

/// <summary>Vaults, keys and plans as a person sets them up, up to where a server would be asked.</summary>
public sealed class BackupServiceTests(PostgresFixture postgres)
{
    private const string Owner = TestDatabase.Owner;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_vault_is_tried_out_added_once_and_noticed_when_it_is_swapped(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await using var engine = await TestEngine.StartAsync(test.Options);
        var service = await ServiceAsync(engine);
        var folder = Path.Combine(test.Options.Data, "vault");

        Assert.True((await service.TryVaultAsync(Owner, new AddVault("Disk", "file", folder), Ct)).Value!.Works);
        var added = (await service.AddVaultAsync(Owner, new AddVault("Disk", "file", folder + "/"), Ct)).Value!;
        Assert.Equal((folder, "file", true), (added.Where, added.Kind, added.Trial!.Works));
        Assert.Equal("Folder", (await service.AddVaultAsync(Owner, new AddVault("Again", "file", folder), Ct)).Problems.Single().Field);

        Directory.Move(folder, folder + ".away");
        Directory.CreateDirectory(folder);
        var swapped = (await service.TryVaultAsync(Owner, added.Id, Ct)).Value!;
        Assert.False(swapped.Works);
        Assert.False((await service.GetVaultAsync(Owner, added.Id, Ct)).Value!.Trial!.Works);

        Assert.Equal(ServiceOutcome.NotFound, (await service.GetVaultAsync("somebody", added.Id, Ct)).Outcome);
        Assert.Equal(ServiceOutcome.NotFound, (await service.RemoveVaultAsync("somebody", added.Id, Ct)).Outcome);
        Assert.True((await service.RemoveVaultAsync(Owner, added.Id, Ct)).IsOk);
        Assert.Empty(await service.ListVaultsAsync(Owner, Ct));
    }

    [Theory]
    [InlineData("relative/folder", "Folder")]
    [InlineData("", "Folder")]
    [InlineData("/", "Folder")]
    [InlineData("/proc/nothing-can-be-made-here/vault", "Folder")]
    public async Task A_folder_that_cannot_be_a_vault_is_refused_at_its_field(string folder, string field)
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres);
        await using var engine = await TestEngine.StartAsync(test.Options);

        var answer = await (await ServiceAsync(engine)).AddVaultAsync(Owner, new AddVault("Disk", "file", folder), Ct);

        Assert.Equal((ServiceOutcome.Invalid, field), (answer.Outcome, answer.Problems[0].Field));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_made_key_counts_only_when_its_private_half_was_shown(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await using var engine = await TestEngine.StartAsync(test.Options);
        var service = await ServiceAsync(engine);
        var kit = (await service.MakeKeyAsync(Owner, new MakeBackupKey("Paper"), Ct)).Value!;
        var other = (await service.MakeKeyAsync(Owner, new MakeBackupKey("Other"), Ct)).Value!;
        Assert.False(kit.Key.Usable);
        Assert.StartsWith("AGE-SECRET-KEY-1", kit.PrivateKey, StringComparison.Ordinal);

        foreach (var wrong in new[] { other.PrivateKey, "nonsense", kit.Key.Recipient })
            Assert.Equal(ServiceOutcome.Invalid, (await service.ProveKeyAsync(Owner, kit.Key.Id, new ProveBackupKey(wrong), Ct)).Outcome);
        var file = $"# created: today\n# public key: {kit.Key.Recipient}\n{kit.PrivateKey}\n";
        Assert.True((await service.ProveKeyAsync(Owner, kit.Key.Id, new ProveBackupKey(file), Ct)).Value!.Usable);

        Assert.Equal(0, await test.SingleAsync<long>($"SELECT count(*) FROM audit WHERE detail LIKE '%{kit.PrivateKey}%'"));
    }

    [Fact]
    public async Task A_key_can_be_proven_by_opening_a_challenge_once()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres);
        await using var engine = await TestEngine.StartAsync(test.Options);
        var service = await ServiceAsync(engine);
        using var identity = AgeIdentity.Generate();
        var key = (await service.BringKeyAsync(Owner, new BringBackupKey("Mine", $" {identity.Recipient} "), Ct)).Value!;
        Assert.True(key.Usable);

        var older = (await service.ChallengeKeyAsync(Owner, key.Id, Ct)).Value!;
        var challenge = (await service.ChallengeKeyAsync(Owner, key.Id, Ct)).Value!;
        Assert.Equal(ServiceOutcome.Invalid, (await service.ProveKeyAsync(Owner, key.Id, new ProveBackupKey(null, await OpenAsync(older, identity)), Ct)).Outcome);
        var code = await OpenAsync(challenge, identity);
        Assert.NotNull((await service.ProveKeyAsync(Owner, key.Id, new ProveBackupKey(null, code), Ct)).Value!.ProvenAt);
        Assert.Equal(ServiceOutcome.Invalid, (await service.ProveKeyAsync(Owner, key.Id, new ProveBackupKey(null, code), Ct)).Outcome);
    }

    [Theory]
    [InlineData("AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQS3290GQ", "This is a private key")]
    [InlineData("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI", "This is not an age public key")]
    [InlineData("age1qqqq", "This is not an age public key")]
    public void What_is_no_public_key_is_refused_with_the_reason(string text, string reason)
    {
        var result = new BringBackupKeyValidator().Validate(new BringBackupKey("Key", text));

        Assert.StartsWith(reason, Assert.Single(result.Errors).ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_needs_a_vault_a_proven_key_and_times_that_come()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres);
        await using var engine = await TestEngine.StartAsync(test.Options);
        var service = await ServiceAsync(engine);
        var vault = (await service.AddVaultAsync(Owner, new AddVault("Disk", "file", Path.Combine(test.Options.Data, "v")), Ct)).Value!;
        var kit = (await service.MakeKeyAsync(Owner, new MakeBackupKey("Paper"), Ct)).Value!;
        SavePlan Plan(ScheduleInput schedule, string key) => new("Mine", "accounts", ["did:plc:ewvi7nxzyoun6zhxrhs64oiz"], null, [vault.Id], [key], schedule);

        var unproven = await service.CreatePlanAsync(Owner, Plan(new ScheduleInput(6), kit.Key.Id), Ct);
        Assert.Equal("Keys", unproven.Problems.Single().Field);
        var never = await service.CreatePlanAsync(Owner, Plan(new ScheduleInput(null, "0 3 30 2 *"), kit.Key.Id), Ct);
        Assert.Equal("Schedule.Cron", never.Problems.Single().Field);
        var both = await service.CreatePlanAsync(Owner, Plan(new ScheduleInput(6, "0 3 * * *"), kit.Key.Id), Ct);
        Assert.Equal("Schedule.EveryHours", both.Problems.Single().Field);
        var zone = await service.CreatePlanAsync(Owner, Plan(new ScheduleInput(null, "0 3 * * *", "Mars/Olympus"), kit.Key.Id), Ct);
        Assert.Equal("Schedule.TimeZone", zone.Problems.Single().Field);
        var preview = await service.PreviewScheduleAsync(new ScheduleInput(null, "0 3 * * *", "Europe/Berlin"), Ct);
        Assert.Equal(5, preview.Value!.Next.Count);
    }

    private static async Task<string> OpenAsync(KeyChallenge challenge, AgeIdentity identity)
    {
        using var armored = new MemoryStream(Encoding.ASCII.GetBytes(challenge.Armored));
        using var plain = new MemoryStream();
        await AgeDecryptor.OpenToAsync(armored, plain, [identity], AgeForm.Detect, Ct);
        return Encoding.ASCII.GetString(plain.ToArray()).Trim();
    }

    private static async Task<IBackupService> ServiceAsync(TestEngine engine)
    {
        await engine.Services.GetRequiredService<StorageGate>().WaitAsync(Ct);
        return engine.Services.GetRequiredService<IBackupService>();
    }
}
