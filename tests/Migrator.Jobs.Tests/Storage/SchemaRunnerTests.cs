using Microsoft.Extensions.Logging.Abstractions;
using Migrator.Jobs.Storage;
using Xunit;

namespace Migrator.Jobs.Tests.Storage;

public sealed class SchemaRunnerTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Applying_it_again_changes_nothing(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var id = await test.AddStartedAsync();

        await test.ApplySchemaAsync();

        Assert.NotNull(await test.Store.FindAsync(id, Ct));
        Assert.Equal(SchemaScript.LoadAll(provider).Count, await test.SingleAsync<long>("SELECT count(*) FROM schema_version"));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Workers_that_start_together_apply_it_once(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var next = SchemaScript.Create(9000, "extra", "CREATE TABLE extra (id integer PRIMARY KEY)");

        IReadOnlyList<SchemaScript> scripts = [.. SchemaScript.LoadAll(provider), next];
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Task.Run(() => Runner(test, scripts).ApplyAsync(Ct), Ct)));

        Assert.Equal(1, await test.SingleAsync<long>("SELECT count(*) FROM schema_version WHERE number = 9000"));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_newer_schema_is_refused(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await test.ExecuteAsync("INSERT INTO schema_version (number, name, checksum, applied_at) VALUES (9999, 'later', 'x', 'now')");

        var refused = await Assert.ThrowsAsync<StartRefusedException>(test.ApplySchemaAsync);

        Assert.Contains("9999", refused.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_script_that_changed_after_it_was_applied_is_refused(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await test.ExecuteAsync("UPDATE schema_version SET checksum = 'x' WHERE number = 1");

        await Assert.ThrowsAsync<StartRefusedException>(test.ApplySchemaAsync);
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_script_that_fails_leaves_the_schema_as_it_was(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        IReadOnlyList<SchemaScript> scripts =
        [
            .. SchemaScript.LoadAll(provider),
            SchemaScript.Create(9000, "good", "CREATE TABLE extra (id integer PRIMARY KEY)"),
            SchemaScript.Create(9001, "bad", "CREATE TABLE extra (id integer PRIMARY KEY)"),
        ];

        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => Runner(test, scripts).ApplyAsync(Ct));

        Assert.Equal(0, await test.SingleAsync<long>("SELECT count(*) FROM schema_version WHERE number >= 9000"));
        await test.ExecuteAsync("CREATE TABLE extra (id integer PRIMARY KEY)");
    }

    private static SchemaRunner Runner(TestDatabase test, IReadOnlyList<SchemaScript> scripts) =>
        new(test.Database, scripts, NullLogger.Instance);
}
