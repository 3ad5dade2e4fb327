using Migrator.Core.AtProto.Crypto;
using Migrator.Jobs.Storage;
using Xunit;

namespace Migrator.Jobs.Tests.Storage;

public sealed class InstanceKeyTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task The_key_is_made_once_and_signs_the_same_after_a_restart(DatabaseProvider provider)
    {
        await using var first = await TestDatabase.CreateAsync(provider, postgres);
        using var made = new InstanceKey(first.Database, first.Vault, TimeProvider.System);
        await made.OpenAsync(Ct);

        await using var second = TestDatabase.Open(first.Options);
        await second.Vault.OpenAsync(Ct);
        using var found = new InstanceKey(second.Database, second.Vault, TimeProvider.System);
        await found.OpenAsync(Ct);

        Assert.Equal(made.DidKey, found.DidKey);
        Assert.Equal((KeyCurve.P256, made.KeyId), (found.PublicKey.Curve, found.KeyId));
        Assert.True(made.PublicKey.Verify("report"u8, found.Sign("report"u8)));
    }

    [Fact]
    public async Task Processes_that_start_together_agree_on_one_key()
    {
        await using var first = await TestDatabase.CreateAsync(DatabaseProvider.Postgres, postgres);
        var keys = Enumerable.Range(0, 4).Select(_ => new InstanceKey(first.Database, first.Vault, TimeProvider.System)).ToList();
        await Task.WhenAll(keys.Select(key => key.OpenAsync(Ct)));
        Assert.Single(keys.Select(key => key.DidKey).Distinct());
        keys.ForEach(key => key.Dispose());
    }

    [Fact]
    public async Task The_private_half_is_not_in_the_database_as_it_is_and_no_key_works_before_the_start()
    {
        await using var first = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres);
        using var key = new InstanceKey(first.Database, first.Vault, TimeProvider.System);
        Assert.Throws<InvalidOperationException>(() => key.DidKey);
        await key.OpenAsync(Ct);
        var stored = await first.Database.ReadAsync(db => db.SingleAsync<byte[]>("SELECT sealed FROM instance_key"), Ct);
        Assert.False(stored.AsSpan().IndexOf("z42t"u8) >= 0); // how every P-256 private key begins in multibase
    }
}
