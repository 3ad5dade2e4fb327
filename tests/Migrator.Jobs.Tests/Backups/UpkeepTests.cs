using Microsoft.Extensions.DependencyInjection;
using Migrator.Core.Age;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Backups;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Tests.Engine;
using Xunit;

namespace Migrator.Jobs.Tests.Backups;

/// <summary>Retention and reading between backups, with the real engine on both databases.</summary>
public sealed class UpkeepTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_wish_to_have_all_read_is_not_forgotten_because_the_vault_is_away(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await using var engine = await TestEngine.StartAsync(test.Options);
        await TestPlan.AddAsync(engine, accounts: 1); // its vault's folder is nowhere
        var backup = await engine.Backups.NextAsync(Ct);
        using var key = AgeIdentity.Generate();
        await backup.Index.AddFolderAsync(
            AccountFolder.Create(backup.Order.Vaults[0].Id, Did.Parse(backup.Did), [key.Recipient], TimeProvider.System.GetUtcNow()), Ct);
        backup.EndUnchanged();
        const string rest = "SELECT count(*) FROM backup_account WHERE lease_until IS NULL AND upkeep_at > now_ms()";
        await TestPlan.UntilAsync(test, rest, 1);

        var account = await test.SingleAsync<string>("SELECT id FROM backup_account");
        var asked = await engine.Services.GetRequiredService<IBackupService>().VerifyAccountAsync(TestPlan.Owner, account, Ct);
        Assert.True(asked.IsOk);
        await TestPlan.UntilAsync(test, rest, 1);
        Assert.Equal(1, await test.SingleAsync<long>("SELECT count(*) FROM backup_account WHERE verify_from IS NOT NULL"));
    }
}
