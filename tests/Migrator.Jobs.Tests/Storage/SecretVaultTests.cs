using Migrator.Core.Migrations;
using Migrator.Jobs.Storage;
using Xunit;

namespace Migrator.Jobs.Tests.Storage;

public sealed class SecretVaultTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task The_key_is_made_once_readable_for_its_user_only_and_opens_what_was_sealed_before(DatabaseProvider provider)
    {
        await using var first = await TestDatabase.CreateAsync(provider, postgres);
        var id = await first.AddStartedAsync();
        await first.Secrets.WriteAsync(id, SecretName.PlcCode, "code", Ct);
        var file = await File.ReadAllTextAsync(first.Options.MasterKeyPath, Ct);

        await using var second = TestDatabase.Open(first.Options);
        await second.Vault.OpenAsync(Ct);

        Assert.Equal("code", await second.Secrets.ReadAsync(id, SecretName.PlcCode, Ct));
        Assert.Equal(file, await File.ReadAllTextAsync(first.Options.MasterKeyPath, Ct));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(first.Options.MasterKeyPath));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_missing_key_stops_the_start_and_no_new_one_is_made(DatabaseProvider provider)
    {
        await using var first = await TestDatabase.CreateAsync(provider, postgres);
        File.Delete(first.Options.MasterKeyPath);

        await using var second = TestDatabase.Open(first.Options);
        var refused = await Assert.ThrowsAsync<StartRefusedException>(() => second.Vault.OpenAsync(Ct));

        Assert.Contains(first.Options.MasterKeyPath, refused.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(first.Options.MasterKeyPath));
        Assert.Throws<InvalidOperationException>(() => second.Vault.Sealer);
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Another_key_stops_the_start(DatabaseProvider provider)
    {
        await using var first = await TestDatabase.CreateAsync(provider, postgres);
        File.Delete(first.Options.MasterKeyPath);
        using var other = MasterKey.CreateFile(first.Options.MasterKeyPath);

        await using var second = TestDatabase.Open(first.Options);
        var refused = await Assert.ThrowsAsync<StartRefusedException>(() => second.Vault.OpenAsync(Ct));

        Assert.Contains(other.Id, refused.Message, StringComparison.Ordinal);
        Assert.Contains(first.Vault.KeyId!, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not base64 at all")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA==")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_file_that_holds_no_key_stops_the_start_and_is_left_as_it_is(string content)
    {
        await using var first = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres);
        await File.WriteAllTextAsync(first.Options.MasterKeyPath, content, Ct);

        await using var second = TestDatabase.Open(first.Options);
        await Assert.ThrowsAsync<StartRefusedException>(() => second.Vault.OpenAsync(Ct));

        Assert.Equal(content, await File.ReadAllTextAsync(first.Options.MasterKeyPath, Ct));
    }

    [Fact]
    public async Task A_key_file_that_the_operator_named_must_be_there()
    {
        await using var first = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres);
        await first.ExecuteAsync("DELETE FROM key_check");
        first.Options.MasterKeyFile = Path.Combine(first.Options.Data, "named.key");

        await using var second = TestDatabase.Open(first.Options);
        await Assert.ThrowsAsync<StartRefusedException>(() => second.Vault.OpenAsync(Ct));

        Assert.False(File.Exists(first.Options.MasterKeyFile));
    }

    [Fact]
    public async Task Workers_that_start_together_on_an_empty_database_agree_on_one_key()
    {
        await using var first = await TestDatabase.CreateAsync(DatabaseProvider.Postgres, postgres);
        await first.ExecuteAsync("DELETE FROM key_check");
        File.Delete(first.Options.MasterKeyPath);
        var workers = Enumerable.Range(0, 4).Select(_ => TestDatabase.Open(first.Options)).ToList();

        await Task.WhenAll(workers.Select(worker => worker.Vault.OpenAsync(Ct)));

        Assert.Single(workers.Select(worker => worker.Vault.KeyId).Distinct());
    }
}
