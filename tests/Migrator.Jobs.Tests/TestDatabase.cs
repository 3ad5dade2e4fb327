using Microsoft.Extensions.Logging.Abstractions;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Migrations;
using Migrator.Jobs.Storage;
using Xunit;

namespace Migrator.Jobs.Tests;

/// <summary>A fresh database with the schema and the stores on it, in a temporary data folder.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    public const string Owner = "local";
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(1);

    private TestDatabase(StorageOptions options, Database database)
    {
        Options = options;
        Database = database;
        Vault = new SecretVault(database, Microsoft.Extensions.Options.Options.Create(options), NullLogger<SecretVault>.Instance);
        Store = new MigrationStore(database, Outbox, TimeProvider.System);
        Requests = new MigrationRequests(database, Outbox);
        Reads = new MigrationReads(database);
        Leases = new LeaseStore(database);
        Ledger = new BlobLedger(database);
        Secrets = new SecretStore(database, Vault);
        SignIns = new SignInStore(database);
    }

    /// <summary>Both kinds, for theories.</summary>
    public static TheoryData<DatabaseProvider> Both => [DatabaseProvider.Sqlite, DatabaseProvider.Postgres];

    public StorageOptions Options { get; }

    public Database Database { get; }

    public OutboxPolicy Outbox { get; } = new(IsOn: true);

    public SecretVault Vault { get; }

    public MigrationStore Store { get; }

    public MigrationRequests Requests { get; }

    public MigrationReads Reads { get; }

    public LeaseStore Leases { get; }

    public BlobLedger Ledger { get; }

    public SecretStore Secrets { get; }

    public SignInStore SignIns { get; }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<TestDatabase> CreateAsync(DatabaseProvider provider, PostgresFixture postgres, TimeProvider? time = null)
    {
        var options = new StorageOptions { Data = Directory.CreateTempSubdirectory("migrator-test-").FullName };
        if (provider == DatabaseProvider.Postgres)
        {
            var connectionString = await postgres.Server.CreateDatabaseAsync();
            options.Database = new DatabaseOptions { Provider = "postgres", ConnectionString = connectionString };
        }

        var test = Open(options, time);
        await test.ApplySchemaAsync();
        await test.Vault.OpenAsync(Ct);
        return test;
    }

    /// <summary>A second look at the same database, as another process would have it. Nothing is applied or opened.</summary>
    /// <param name="time">The clock of SQLite; PostgreSQL has its own.</param>
    public static TestDatabase Open(StorageOptions options, TimeProvider? time = null) => new(
        options,
        Database.FromOptions(Microsoft.Extensions.Options.Options.Create(options), time ?? TimeProvider.System));

    public Task ApplySchemaAsync() =>
        new SchemaRunner(Database, SchemaScript.LoadAll(Database.Provider), NullLogger.Instance).ApplyAsync(Ct);

    /// <summary>A request that was started, so that the migration is due.</summary>
    public static MigrationRequest StartedRequest(string did = "did:plc:ewvi7nxzyoun6zhxrhs64oiz") => new()
    {
        Did = Did.Parse(did),
        SourcePds = new Uri("https://old.example"),
        StartedAt = DateTimeOffset.UnixEpoch,
    };

    /// <summary>A stored, started migration.</summary>
    public async Task<MigrationId> AddStartedAsync(string did = "did:plc:ewvi7nxzyoun6zhxrhs64oiz", string owner = Owner)
    {
        var request = StartedRequest(did);
        var made = await Requests.CreateAsync(owner, request with { StartedAt = null }, Ct);
        var stored = await Requests.UpdateAsync(owner, made.Id, made.RequestVersion, request, new AuditEntry(owner, "migration.start"), Ct);
        Assert.Equal(RequestUpdate.Stored, stored);
        return made.Id;
    }

    public async Task<Lease> TakeAsync(MigrationId id, string holder = "worker-1") =>
        Assert.IsType<LeaseAnswer.Taken>(await Leases.TakeAsync(id, holder, Life, Ct)).Lease.OfMigration();

    /// <summary>Lets the lease run out, without waiting for it.</summary>
    public Task ExpireAsync(MigrationId id) =>
        ExecuteAsync("UPDATE migration SET lease_until = now_ms() - 1 WHERE id = @Id", new { Id = id.ToString() });

    /// <summary>As a person's click does it: the newest request, changed.</summary>
    public async Task ChangeRequestAsync(MigrationId id, Func<MigrationRequest, MigrationRequest> change)
    {
        var migration = await Store.FindAsync(id, Ct);
        var audit = new AuditEntry(migration!.Owner, "migration.test");
        var stored = await Requests.UpdateAsync(migration.Owner, id, migration.RequestVersion, change(migration.Request), audit, Ct);
        Assert.Equal(RequestUpdate.Stored, stored);
    }

    public Task ExecuteAsync(string sql, object? args = null) => Database.WriteAsync(db => db.ExecuteAsync(sql, args), Ct);

    public Task<T> SingleAsync<T>(string sql, object? args = null) => Database.ReadAsync(db => db.SingleAsync<T>(sql, args), Ct);

    public Task<IReadOnlyList<T>> ListAsync<T>(string sql) => Database.ReadAsync(db => db.ListAsync<T>(sql), Ct);

    public async ValueTask DisposeAsync()
    {
        Vault.Dispose();
        await Database.DisposeAsync();
        if (Directory.Exists(Options.Data))
            Directory.Delete(Options.Data, recursive: true);
    }
}
