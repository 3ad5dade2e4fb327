using Microsoft.Extensions.Logging;

namespace Migrator.Jobs.Storage;

/// <summary>
/// Brings the schema up to this program's version, all scripts in one transaction under a lock, so that workers that start together
/// do not meet. A database that a newer program has been at is left alone.
/// </summary>
internal sealed class SchemaRunner(Database database, IReadOnlyList<SchemaScript> scripts, ILogger log)
{
    // Any number that nothing else in the database uses.
    private const long LockNumber = 4_739_285_501;

    /// <exception cref="StartRefusedException">The database is newer than this program, or an applied script has changed since.</exception>
    public Task ApplyAsync(CancellationToken ct) => database.WriteAsync(ApplyAsync, ct);

    private async Task ApplyAsync(DbSession db)
    {
        if (db.Provider == DatabaseProvider.Postgres)
            await db.ExecuteAsync($"SELECT pg_advisory_xact_lock({LockNumber})");
        await db.ExecuteAsync(
            """
            CREATE TABLE IF NOT EXISTS schema_version (
              number     integer PRIMARY KEY,
              name       text NOT NULL,
              checksum   text NOT NULL,
              applied_at text NOT NULL)
            """);
        var rows = await db.ListAsync<AppliedScript>("SELECT number, name, checksum FROM schema_version");
        var applied = rows.ToDictionary(row => row.Number);
        Refuse(applied);
        foreach (var script in scripts.Where(script => !applied.ContainsKey(script.Number)))
        {
            await db.ExecuteAsync(script.Sql);
            await db.ExecuteAsync(
                "INSERT INTO schema_version (number, name, checksum, applied_at) VALUES (@Number, @Name, @Checksum, CURRENT_TIMESTAMP)",
                new { script.Number, script.Name, script.Checksum });
            Log.SchemaApplied(log, script.Number, script.Name);
        }
    }

    private void Refuse(Dictionary<int, AppliedScript> applied)
    {
        var newest = scripts.Max(script => script.Number);
        if (applied.Values.Where(row => row.Number > newest).MaxBy(row => row.Number) is { } newer)
            throw new StartRefusedException(
                $"The database was upgraded by a newer Migrator (schema {newer.Number}, this program knows {newest}). "
                + "Nothing was changed. Start the newer program, or restore the backup that was made before the upgrade.");
        foreach (var script in scripts)
        {
            if (applied.TryGetValue(script.Number, out var row) && row.Checksum != script.Checksum)
                throw new StartRefusedException(
                    $"Schema script {script.Number} ({script.Name}) differs from the one that made this database. Nothing was changed. "
                    + "This program and this database do not belong together: check which version of Migrator made it.");
        }
    }

    private sealed class AppliedScript
    {
        public int Number { get; init; }

        public string Name { get; init; } = "";

        public string Checksum { get; init; } = "";
    }
}
