namespace Migrator.Jobs.Storage;

public enum DatabaseProvider
{
    /// <summary>A file beside the other data; one process only.</summary>
    Sqlite,

    /// <summary>A server; any number of workers.</summary>
    Postgres,
}
