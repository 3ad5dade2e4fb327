using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Migrator.Jobs.Storage;

/// <summary>The disk that holds the database is full.</summary>
public static class NoRoom
{
    /// <summary>For a person.</summary>
    public const string Message =
        "There is no room left on the disk that holds Migrator's database. Nothing new is begun until there is; what was stored before is "
        + "untouched. Make room on it: then all goes on by itself within a minute.";

    private const int SqliteFull = 13;

    public static bool IsIn(DbException problem) => problem switch
    {
        SqliteException sqlite => sqlite.SqliteErrorCode == SqliteFull,
        _ => problem.SqlState == PostgresErrorCodes.DiskFull,
    };
}
