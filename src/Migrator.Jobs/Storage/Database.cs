using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Migrator.Jobs.Storage;

/// <summary>
/// The database, SQLite or PostgreSQL. The stores use SQL that both understand; what differs is in here and in the schema scripts.
/// Times are bigint milliseconds since 1970 UTC, and <c>now_ms()</c> is the database's own clock in both.
/// </summary>
public sealed class Database : IAsyncDisposable
{
    /// <summary>
    /// A process that is stopped in the middle of a transaction keeps its rows locked. The server ends such a session, so that another
    /// worker can take over. Given when connecting, because a SET is undone whenever a connection goes back to the pool.
    /// </summary>
    private const string EndForgottenTransactions = "-c idle_in_transaction_session_timeout=10s";

    /// <summary>What a few transactions need: with less, work would be begun only to break off again.</summary>
    private const int RoomNeeded = 1 << 20;

    private readonly Lazy<Backend> _backend;

    // SQLite has one writer. Waiting for it here costs no thread; waiting inside SQLite would.
    private readonly SemaphoreSlim _writer = new(1, 1);
    private volatile bool _isFull;

    static Database() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    private Database(Func<Backend> backend) => _backend = new Lazy<Backend>(backend);

    public DatabaseProvider Provider => _backend.Value.Provider;

    /// <summary>
    /// A write found no room on the database's disk, and <see cref="FindRoomAsync"/> none since. Known in memory alone: it is the one thing
    /// that cannot be written down.
    /// </summary>
    public bool IsFull => _isFull;

    /// <summary>For Quartz, which has its tables in the same PostgreSQL database.</summary>
    /// <exception cref="InvalidOperationException">This is SQLite.</exception>
    internal NpgsqlDataSource PostgresSource => _backend.Value.Source ?? throw new InvalidOperationException("Not PostgreSQL.");

    /// <summary>The configured database. The options are read at the first use, when the start has checked them all.</summary>
    public static Database FromOptions(IOptions<StorageOptions> options, TimeProvider time) => new(() => options.Value.Database.IsPostgres
        ? Postgres(options.Value.Database.ReadConnectionString())
        : Sqlite(options.Value.SqliteFile, time));

    /// <param name="file">Path of the database file; made when it is not there.</param>
    /// <param name="time">The clock behind <c>now_ms()</c>: SQLite runs inside this process, so its clock is ours.</param>
    public static Database ForSqlite(string file, TimeProvider time) => new(() => Sqlite(file, time));

    public static Database ForPostgres(string connectionString) => new(() => Postgres(connectionString));

    /// <summary>Runs <paramref name="work"/> on a connection without a transaction: for single reads.</summary>
    public async Task<T> ReadAsync<T>(Func<DbSession, Task<T>> work, CancellationToken ct)
    {
        await using var connection = await _backend.Value.Open(ct);
        return await work(new DbSession(connection, null, Provider, ct));
    }

    /// <summary>Runs <paramref name="work"/> in a transaction: committed when it returns, rolled back when it throws.</summary>
    /// <remarks>Keep it short and free of network calls: in SQLite nobody else writes meanwhile.</remarks>
    public async Task<T> WriteAsync<T>(Func<DbSession, Task<T>> work, CancellationToken ct)
    {
        var oneAtATime = Provider == DatabaseProvider.Sqlite;
        if (oneAtATime)
            await _writer.WaitAsync(ct);
        try
        {
            await using var connection = await _backend.Value.Open(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            var result = await work(new DbSession(connection, transaction, Provider, ct));
            // Not cancellable: a commit cut short leaves its outcome unknown for nothing.
            await transaction.CommitAsync(CancellationToken.None);
            return result;
        }
        catch (DbException problem) when (NoteFull(problem))
        {
            throw;
        }
        finally
        {
            if (oneAtATime)
                _writer.Release();
        }
    }

    public Task WriteAsync(Func<DbSession, Task> work, CancellationToken ct) => WriteAsync(
        async session =>
        {
            await work(session);
            return true;
        },
        ct);

    /// <summary>Looks whether there is room again on a disk that was full.</summary>
    public async Task<bool> FindRoomAsync(CancellationToken ct)
    {
        try
        {
            if (_backend.Value.File is { } file)
                await TakeRoomAsync(file + ".room", ct);
            else
                await WriteAsync(db => db.ExecuteAsync("UPDATE schema_version SET number = number"), ct);
            _isFull = false;
        }
        catch (Exception problem) when (problem is IOException or DbException)
        {
            // Still none, or the database is away altogether, which others say.
        }

        return !_isFull;
    }

    public async ValueTask DisposeAsync()
    {
        if (_backend is { IsValueCreated: true, Value.Source: { } source })
            await source.DisposeAsync();
        else
            SqliteConnection.ClearAllPools();
        _writer.Dispose();
    }

    private bool NoteFull(DbException problem)
    {
        _isFull |= NoRoom.IsIn(problem);
        return false;
    }

    private static async Task TakeRoomAsync(string file, CancellationToken ct)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            BufferSize = 0,
            Options = FileOptions.DeleteOnClose,
        };
        await using var taken = new FileStream(file, options);
        await taken.WriteAsync(new byte[RoomNeeded], ct);
        // Some file systems say only now that there was none.
        taken.Flush(flushToDisk: true);
    }

    private static Backend Postgres(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        settings.Options = $"{settings.Options} {EndForgottenTransactions}".Trim();
        var source = NpgsqlDataSource.Create(settings);
        return new Backend(DatabaseProvider.Postgres, async ct => await source.OpenConnectionAsync(ct), source, null);
    }

    private static Backend Sqlite(string file, TimeProvider time)
    {
        var settings = new SqliteConnectionStringBuilder { DataSource = file, ForeignKeys = true, DefaultTimeout = 30 };
        return new Backend(DatabaseProvider.Sqlite, ct => OpenSqliteAsync(settings.ConnectionString, time, ct), null, file);
    }

    private static async Task<DbConnection> OpenSqliteAsync(string connectionString, TimeProvider time, CancellationToken ct)
    {
        var connection = new SqliteConnection(connectionString);
        try
        {
            await connection.OpenAsync(ct);
            connection.CreateFunction("now_ms", () => time.GetUtcNow().ToUnixTimeMilliseconds());
            // FULL: what was committed survives a power cut. An intent that is lost again would be acted on twice.
            const string settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;";
            await connection.ExecuteAsync(new CommandDefinition(settings, cancellationToken: ct));
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <param name="File">Of SQLite.</param>
    private sealed record Backend(
        DatabaseProvider Provider, Func<CancellationToken, Task<DbConnection>> Open, NpgsqlDataSource? Source, string? File);
}
