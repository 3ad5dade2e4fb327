using Migrator.Jobs.Storage;
using Npgsql;
using Xunit;

namespace Migrator.Jobs.Tests.Storage;

public sealed class DatabaseTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_write_that_throws_leaves_nothing(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);

        await Assert.ThrowsAsync<InvalidOperationException>(() => test.Database.WriteAsync(
            async db =>
            {
                await db.ExecuteAsync("DELETE FROM key_check");
                throw new InvalidOperationException();
            },
            Ct));

        Assert.Equal(1, await test.SingleAsync<long>("SELECT count(*) FROM key_check"));
    }

    [Fact]
    public async Task What_SQLite_committed_survives_a_power_cut()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite, postgres);

        const long full = 2;
        Assert.Equal(full, await test.SingleAsync<long>("PRAGMA synchronous"));
        Assert.Equal("wal", await test.SingleAsync<string>("PRAGMA journal_mode"));
        Assert.Equal(1, await test.SingleAsync<long>("PRAGMA foreign_keys"));
    }

    [Fact]
    public async Task PostgreSQL_ends_the_transaction_of_a_process_that_stands_still()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Postgres, postgres);
        await using var connection = await test.Database.PostgresSource.OpenConnectionAsync(Ct);
        await using var command = new NpgsqlCommand("SHOW idle_in_transaction_session_timeout", connection);

        Assert.Equal("10s", await command.ExecuteScalarAsync(Ct));
    }
}
