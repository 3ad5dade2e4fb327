using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Migrator.Jobs.Storage;

/// <summary>Where things are kept. Section <c>Migrator</c>.</summary>
public sealed class StorageOptions
{
    public const string Section = "Migrator";

    /// <summary>Folder for the database, the master key, workspaces and the lock file.</summary>
    /// <value>Default: <c>./data</c>.</value>
    public string Data { get; set; } = "./data";

    /// <summary>File with the master key, 32 bytes in base64.</summary>
    /// <value>Default: <c>master.key</c> in <see cref="Data"/>, made at the first start.</value>
    public string? MasterKeyFile { get; set; }

    public DatabaseOptions Database { get; set; } = new();

    internal string MasterKeyPath => Path.GetFullPath(MasterKeyFile ?? Path.Combine(Data, "master.key"));

    internal string SqliteFile => Path.GetFullPath(Path.Combine(Data, "migrator.db"));

    internal string SqliteQuartzFile => Path.GetFullPath(Path.Combine(Data, "quartz.db"));
}

/// <summary>Section <c>Migrator:Database</c>.</summary>
public sealed class DatabaseOptions
{
    /// <value><c>sqlite</c> (default) or <c>postgres</c>.</value>
    public string Provider { get; set; } = "sqlite";

    /// <summary>For PostgreSQL, as Npgsql writes it.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>A file with the connection string, so that no password stands in the environment.</summary>
    [ConfigurationKeyName("ConnectionString_FILE")]
    public string? ConnectionStringFile { get; set; }

    internal bool IsPostgres => string.Equals(Provider, "postgres", StringComparison.OrdinalIgnoreCase);

    internal string ReadConnectionString() =>
        ConnectionStringFile is null ? ConnectionString ?? "" : File.ReadAllText(ConnectionStringFile).Trim();
}

internal sealed class StorageOptionsValidator : IValidateOptions<StorageOptions>
{
    public ValidateOptionsResult Validate(string? name, StorageOptions options)
    {
        var faults = new List<string>();
        var database = options.Database;
        if (string.IsNullOrWhiteSpace(options.Data))
            faults.Add("Migrator:Data is empty; name the folder where Migrator keeps its files.");
        if (database.Provider.ToLowerInvariant() is not ("sqlite" or "postgres"))
            faults.Add($"Migrator:Database:Provider is '{database.Provider}'; it must be 'sqlite' or 'postgres'.");
        if (database is { ConnectionString: not null, ConnectionStringFile: not null })
            faults.Add("Migrator:Database has both ConnectionString and ConnectionString_FILE; give one.");
        if (database.ConnectionStringFile is { } file && !File.Exists(file))
            faults.Add($"Migrator:Database:ConnectionString_FILE names '{file}', which does not exist.");
        if (database is { IsPostgres: true, ConnectionString: null, ConnectionStringFile: null })
            faults.Add("Migrator:Database:Provider is 'postgres', so its ConnectionString (or ConnectionString_FILE) is needed.");
        if (database is { IsPostgres: true, ConnectionString: { } text } && !IsConnectionString(text))
            faults.Add(
                "Migrator:Database:ConnectionString cannot be read; it looks like 'Host=db;Username=me;Password=...;Database=migrator'.");
        if (database is { IsPostgres: false, ConnectionString: not null } or { IsPostgres: false, ConnectionStringFile: not null })
            faults.Add("Migrator:Database:ConnectionString is for PostgreSQL; with SQLite the file is migrator.db in Migrator:Data.");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static bool IsConnectionString(string text)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text).Host is { Length: > 0 };
        }
        catch (ArgumentException)
        {
            return false; // Its message would repeat parts of the text, and the text holds a password.
        }
    }
}
