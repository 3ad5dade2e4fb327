using System.Data.Common;
using Dapper;

namespace Migrator.Jobs.Storage;

/// <summary>One open connection, inside a transaction or not: what the stores run their SQL on.</summary>
public sealed class DbSession(DbConnection connection, DbTransaction? transaction, DatabaseProvider provider, CancellationToken ct)
{
    public DatabaseProvider Provider => provider;

    public CancellationToken Cancellation => ct;

    /// <summary>Ends a SELECT that must hold its rows until the transaction ends. In SQLite a write transaction holds everything.</summary>
    public string ForUpdate => provider == DatabaseProvider.Postgres ? "FOR UPDATE" : "";

    /// <summary>The condition that a column holds one of the values of an array: PostgreSQL takes it whole, for SQLite Dapper spells it out.</summary>
    public string IsOneOf(string column, string parameter) =>
        provider == DatabaseProvider.Postgres ? $"{column} = ANY({parameter})" : $"{column} IN {parameter}";

    /// <summary>Rows changed.</summary>
    public Task<int> ExecuteAsync(string sql, object? args = null) => connection.ExecuteAsync(Define(sql, args));

    public async Task<T?> FirstOrDefaultAsync<T>(string sql, object? args = null) =>
        await connection.QueryFirstOrDefaultAsync<T?>(Define(sql, args));

    public async Task<T> SingleAsync<T>(string sql, object? args = null) => await connection.QuerySingleAsync<T>(Define(sql, args));

    public async Task<IReadOnlyList<T>> ListAsync<T>(string sql, object? args = null) =>
        [.. await connection.QueryAsync<T>(Define(sql, args))];

    public DbCommand CreateCommand()
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        return command;
    }

    private CommandDefinition Define(string sql, object? args) => new(sql, args, transaction, cancellationToken: ct);
}
