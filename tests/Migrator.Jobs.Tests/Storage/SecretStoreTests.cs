using System.Text;
using Migrator.Core.Migrations;
using Migrator.Jobs.Storage;
using Xunit;

namespace Migrator.Jobs.Tests.Storage;

public sealed class SecretStoreTests(PostgresFixture postgres)
{
    private const string Marker = "MARKED-SECRET-5c1f";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_secret_is_read_back_replaced_and_erased(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var id = await test.AddStartedAsync();
        Assert.Null(await test.Secrets.ReadAsync(id, SecretName.PlcCode, Ct));

        await test.Secrets.WriteAsync(id, SecretName.PlcCode, "first", Ct);
        await test.Secrets.WriteAsync(id, SecretName.PlcCode, "sécond ✓", Ct);
        await test.Secrets.WriteAsync(id, SecretName.RotationKey, "", Ct);
        Assert.Equal("sécond ✓", await test.Secrets.ReadAsync(id, SecretName.PlcCode, Ct));
        Assert.Equal("", await test.Secrets.ReadAsync(id, SecretName.RotationKey, Ct));

        await test.Secrets.EraseAsync(id, SecretName.PlcCode, Ct);
        Assert.Null(await test.Secrets.ReadAsync(id, SecretName.PlcCode, Ct));
        await test.Secrets.EraseAllAsync(id, Ct);
        Assert.Equal(0, await test.SingleAsync<long>("SELECT count(*) FROM secret"));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_secret_moved_to_another_migration_or_name_or_owner_does_not_open(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var mine = await test.AddStartedAsync("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "alice");
        var theirs = await test.AddStartedAsync("did:plc:bbbbbbbbbbbbbbbbbbbbbbbb", "bob");
        await test.Secrets.WriteAsync(theirs, SecretName.SourceTokens, Marker, Ct);

        await test.ExecuteAsync("UPDATE secret SET migration_id = @Id", new { Id = mine.ToString() });
        var broken = await Assert.ThrowsAsync<SealBrokenException>(() => test.Secrets.ReadAsync(mine, SecretName.SourceTokens, Ct));
        Assert.DoesNotContain(Marker, broken.ToString(), StringComparison.Ordinal);

        await test.ExecuteAsync("UPDATE secret SET migration_id = @Id, name = 'TargetTokens'", new { Id = theirs.ToString() });
        await Assert.ThrowsAsync<SealBrokenException>(() => test.Secrets.ReadAsync(theirs, SecretName.TargetTokens, Ct));

        await test.ExecuteAsync("UPDATE secret SET name = 'SourceTokens'");
        Assert.Equal(Marker, await test.Secrets.ReadAsync(theirs, SecretName.SourceTokens, Ct));
        await test.ExecuteAsync("UPDATE migration SET owner = 'alice' WHERE id = @Id", new { Id = theirs.ToString() });
        await Assert.ThrowsAsync<SealBrokenException>(() => test.Secrets.ReadAsync(theirs, SecretName.SourceTokens, Ct));
    }

    [Fact]
    public async Task Every_changed_byte_of_a_seal_is_noticed()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres);
        var address = new SecretAddress("t", "r", "o", "c");
        var good = test.Vault.Sealer.Seal(address, "value"u8);
        Assert.Equal("value"u8, test.Vault.Sealer.Open(address, good));
        for (var i = 0; i < good.Length; i++)
        {
            var bad = good.ToArray();
            bad[i] ^= 1;
            Assert.Throws<SealBrokenException>(() => test.Vault.Sealer.Open(address, bad));
        }

        Assert.Throws<SealBrokenException>(() => test.Vault.Sealer.Open(address, good.AsSpan(0, good.Length - 1)));
        Assert.Throws<SealBrokenException>(() => test.Vault.Sealer.Open(new SecretAddress("t", "ro", "", "c"), good));
    }

    [Fact]
    public async Task Nothing_of_a_secret_stands_readable_in_the_database_files()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres);
        var id = await test.AddStartedAsync();
        await test.Secrets.WriteAsync(id, SecretName.SourceTokens, Marker, Ct);
        await test.ExecuteAsync("UPDATE migration SET owner = owner");
        var key = (await File.ReadAllTextAsync(test.Options.MasterKeyPath, Ct)).Trim();

        var files = Directory.GetFiles(test.Options.Data, "migrator.db*");
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            var bytes = await ReadSharedAsync(file);
            Assert.Equal(-1, bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Marker)));
            Assert.Equal(-1, bytes.AsSpan().IndexOf(Convert.FromBase64String(key)));
            Assert.Equal(-1, bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(key)));
        }
    }

    private static async Task<byte[]> ReadSharedAsync(string file)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[stream.Length];
        await stream.ReadExactlyAsync(bytes, Ct);
        return bytes;
    }
}
